"""A tenant trained on Spark by command line, answered and exported as any other."""

import json
import os
import subprocess
import sys

import duckdb
import pytest

from tests.recommender_cli.conftest import write_log

pytestmark = [pytest.mark.spark, pytest.mark.xdist_group("spark")]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    pytest.importorskip("pyspark", reason="needs the extra spark")
    folder = tmp_path_factory.mktemp("shop")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("RECOMMENDER_")
    }
    environment |= {
        "RECOMMENDER_SPARK_MASTER": "local[2]",
        "RECOMMENDER_SPARK_CONF": "spark.sql.shuffle.partitions=2",
    }

    def recommender(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "recommender_cli", *arguments, "--json"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    write_log(folder / "log.csv")
    recommender("tenants", "create", "shop")
    recommender("events", "import", "--tenant", "shop", "log.csv")
    trained = recommender("train", "--tenant", "shop", "--engine", "spark")
    return recommender, trained, folder


def test_what_was_trained_on_spark_is_live(run):
    recommender, trained, _ = run

    assert (trained["status"], trained["options"]["engine"]) == ("promoted", "spark")
    answer = recommender("recommend", "--tenant", "shop", "--user", "user-000001")
    assert answer["served_by"] == "model"
    assert answer["model"]["version"] == trained["version"]
    beside = recommender("recommend", "--tenant", "shop", "--item", "item-000001")
    assert beside["items"][0]["source"] == "neighbours"


def test_what_is_exported_is_what_is_served(run):
    recommender, trained, folder = run

    done = recommender(
        *("export", "--tenant", "shop", "--output", "for-you", "--limit", "10"),
        *("--engine", "spark"),
    )

    answer = recommender("recommend", "--tenant", "shop", "--user", "user-000001")
    rows = duckdb.sql(
        f"SELECT item_id FROM '{folder}/for-you/*.parquet' "
        "WHERE user_id = 'user-000001' ORDER BY rank"
    ).fetchall()
    assert [item for (item,) in rows] == [one["item_id"] for one in answer["items"]]
    assert done["version"] == trained["version"]
    assert done["rows"] == 10 * done["users"]
