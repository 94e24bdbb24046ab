"""A training on Spark, from a real log to a live model, and what is exported of it."""

from dataclasses import replace

import duckdb
import numpy as np
import pytest

from recommender_models.protocol import History
from recommender_store.catalog.log import ItemFields
from recommender_store.event_log.named_users import named_users
from tests.trainers.jobs.shop import result, shop
from trainers.errors import NothingToExport, RecipeNotOnSpark
from trainers.jobs.options import TrainOptions
from trainers.jobs.train import STEPS

pytestmark = [pytest.mark.spark, pytest.mark.xdist_group("spark")]

ON_SPARK = TrainOptions(threads=1, engine="spark")


@pytest.fixture(scope="module")
def trained(session, tmp_path_factory):  # noqa: ARG001 - the session that is used
    """The very log that this machine's engine is tested on, trained on Spark."""
    trainee = shop(tmp_path_factory.mktemp("spark") / "store")
    return trainee, trainee.train(ON_SPARK)


def test_a_log_becomes_a_live_model(trained):
    trainee, run = trained

    assert (run.status, run.code) == ("promoted", None)
    assert run.version == trainee.version()
    assert [step.name for step in run.steps] == list(STEPS)
    assert set(trainee.bundle().slots) == {"similar", "for_you", "popular"}
    assert run.options["engine"] == "spark"


def test_the_dataset_and_what_is_beside_an_item_are_this_machines(trained, tmp_path):
    there, run = trained
    here = shop(tmp_path / "store")
    local = here.train(TrainOptions(threads=1))
    rows = np.arange(len(here.bundle().items), dtype=np.int32)

    fingerprints = [result(one, "snapshot")["fingerprint"] for one in (local, run)]
    assert fingerprints[0] == fingerprints[1]
    beside = [one.bundle().similar.similar_items(rows, 20) for one in (here, there)]
    for one, other in zip(*beside, strict=True):
        np.testing.assert_allclose(one.scores, other.scores, rtol=1e-5)


def test_the_same_questions_are_asked_and_beside_an_item_the_figures_are_the_same(
    trained, tmp_path
):
    local = shop(tmp_path / "store").train(TrainOptions(threads=1))

    here, there = (result(one, "measure") for one in (local, trained[1]))
    assert there["for_you"]["questions"] == here["for_you"]["questions"]
    assert there["for_you"]["popularity"] == here["for_you"]["popularity"]
    assert there["similar"]["model"] == pytest.approx(here["similar"]["model"], rel=1e-3)


def test_a_stranger_is_answered_by_what_was_trained(trained):
    bundle = trained[0].bundle()

    answer = bundle.for_you.recommend([History(rows=np.array([0]), weights=np.ones(1))], 5)[0]

    assert len(answer.rows) == 5


@pytest.mark.usefixtures("session")
def test_steps_may_be_run_one_by_one_each_with_a_session_of_its_own(tmp_path):
    trainee = shop(tmp_path / "store")

    for name in STEPS:
        run = trainee.step(name, "r1", ON_SPARK)

    assert (run.status, run.version) == ("promoted", trainee.version())


@pytest.mark.usefixtures("session")
def test_a_recipe_without_a_spark_version_costs_no_step(tmp_path):
    trainee = shop(tmp_path / "store")

    with pytest.raises(RecipeNotOnSpark, match=r"'ease'.*als, bm25"):
        trainee.train(ON_SPARK.model_copy(update={"recipes": ("ease",)}), run_id="r1")

    kept = trainee.space.runs.get("r1")
    assert (kept.status, kept.code, kept.steps) == ("failed", "recipe_not_on_spark", ())


def exported(session, trainee, folder, **options):
    from trainers.spark.export import export_for_you

    manifest, files = trainee.space.models.open(trainee.version(), trainee.store.cache)
    bundle = trainee.bundle()
    done = export_for_you(session, trainee.space, (bundle, files), str(folder), **options)
    rows = duckdb.sql(
        f"SELECT user_id, item_id, score, rank FROM '{folder}/*.parquet' ORDER BY user_id, rank"
    ).fetchall()
    assert done.version == manifest.version
    return bundle, done, rows


def test_what_is_exported_is_what_the_bundle_answers(session, trained, tmp_path):
    bundle, done, rows = exported(session, trained[0], tmp_path / "out", limit=7)

    told: dict[str, list] = {}
    for user, item, score, rank in rows:
        told.setdefault(user, []).append((item, score))
        assert rank == len(told[user])
    named = named_users(trained[0].space.events.state())
    asked = [one for some in named for one in some if one in bundle.users]
    answers = bundle.for_you.recommend([bundle.history(user) for user in asked], 7)
    assert told == {
        user: list(zip(bundle.items.ids(one.rows), one.scores.tolist(), strict=True))
        for user, one in zip(asked, answers, strict=True)
        if len(one.rows)
    }
    assert (done.users, done.rows) == (len(told), len(rows))


def test_what_the_catalog_hides_is_not_exported_and_the_next_best_moves_up(
    session, trained, tmp_path
):
    trainee, _ = trained
    trainee.space.catalog.write([ItemFields("item-000003", {"available": False})])
    hidden = ["item-000003", "never heard of"]

    _, done, rows = exported(session, trainee, tmp_path / "out", limit=5, hidden=hidden)

    assert "item-000003" not in {item for _, item, *_ in rows}
    assert done.rows == 5 * done.users


def test_a_bundle_without_a_user_to_item_model_is_not_exported(session, trained, tmp_path):
    from trainers.spark.export import export_for_you

    bundle = trained[0].bundle()
    without = replace(bundle, slots={"popular": bundle.popular})

    with pytest.raises(NothingToExport, match="for_you"):
        export_for_you(
            session, trained[0].space, (without, tmp_path), str(tmp_path / "out"), limit=5
        )

    assert not (tmp_path / "out").exists()
