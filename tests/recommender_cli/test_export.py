"""`recommender export` as a person uses it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
import structlog

from tests.conformance.s3_server import running_s3
from tests.recommender_api.served import copied, until
from tests.recommender_api.shops import trained

from .shell import Shell


@pytest.fixture
def asked(monkeypatch, capsys, tmp_path):
    """The verb in this process, over the trained store."""
    from recommender_cli.command import main

    for name in [name for name in os.environ if name.startswith("RECOMMENDER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RECOMMENDER_STORE_URL", f"file://{trained() / 'store'}")
    monkeypatch.setenv("RECOMMENDER_CACHE_DIR", str(trained() / "cache"))
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, tenant: str = "shop"):
        words = ["recommender", "export", "--tenant", tenant, *map(str, arguments)]
        monkeypatch.setattr("sys.argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    yield run
    structlog.reset_defaults()


@pytest.fixture
def folder(tmp_path):
    """A copy of the trained store."""
    return copied(trained(), tmp_path / "copy")


def counted(folder, columns="count(*), count(DISTINCT user_id)"):
    return duckdb.sql(f"SELECT {columns} FROM '{folder}/*.parquet'").fetchall()[0]


def test_several_processes_write_what_recommend_answers(shop: Shell, tmp_path) -> None:
    said = shop.run(
        *("export", "--tenant", "shop", "--output", tmp_path / "out"),
        *("--part-size", 40, "--processes", 2, "--limit", 5, "--json"),
    )

    assert said.code == 0, said.err
    document = said.document
    assert (document["users"], document["answers"], document["parts"]) == (300, 300, 8)
    assert counted(tmp_path / "out") == (1500, 300)
    answer = shop.run(
        *("recommend", "--tenant", "shop", "--user", "user-000007", "--limit", 5, "--json")
    ).document
    rows = duckdb.sql(
        f"SELECT item_id, score, reason FROM '{tmp_path}/out/*.parquet' "
        "WHERE user_id = 'user-000007' ORDER BY rank"
    ).fetchall()
    assert rows == [(one["item_id"], one["score"], one["reason"]) for one in answer["items"]]
    assert {path.name for path in (tmp_path / "out").iterdir() if path.suffix != ".parquet"} == {
        "_export.json",
        "_SUCCESS",
    }


@contextmanager
def exporting(shell: Shell, output: str) -> Iterator["subprocess.Popen[str]"]:
    """An export of small parts by two processes, in the midst of it."""
    # Where the tests run in the background SIGINT is ignored, and so it would be by the export.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "recommender_cli", *asking(output), "--processes", "2"],
        cwd=shell.folder,
        env={k: v for k, v in os.environ.items() if not k.startswith("RECOMMENDER_")},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    signal.signal(signal.SIGINT, before)
    try:
        out = shell.folder / output
        until(lambda: any(out.glob("*.parquet")))
        yield process
    finally:
        process.kill()
        process.communicate()


def asking(output: str) -> list[str]:
    return ["export", "--tenant", "shop", "--output", output, "--part-size", "1"]


def children_of(pid: int) -> list[str]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return " ".join(path.read_text() for path in lists).split()


@pytest.mark.slow
def test_killed_and_started_again_it_goes_on(shop: Shell) -> None:
    out = shop.folder / "killed"
    with exporting(shop, "killed") as process:
        workers = children_of(process.pid)
        process.kill()
        process.wait()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    there = len([*out.glob("*.parquet")])

    said = shop.run(*asking("killed"), "--processes", 1, "--json")

    assert len(workers) >= 2
    assert 0 < there < 300
    assert said.code == 0, said.err
    assert said.document["parts_there_before"] == there
    assert said.document["answers"] == 300 - there
    assert f"{there} of 300 parts are there: going on" in said.err
    assert counted(out) == (3000, 300)
    assert not (out / ".tmp").exists()


def test_ctrl_c_ends_all_of_it_and_says_how_to_go_on(shop: Shell) -> None:
    with exporting(shop, "stopped") as process:
        workers = children_of(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=60)

    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    assert process.returncode == 130
    assert told.strip() == "interrupted; run the same command again, it goes on where it was"
    assert not (shop.folder / "stopped" / "_SUCCESS").exists()


def test_what_is_there_already_is_not_done_again(asked):
    first = asked("--output", "out", "--processes", 1)
    again = asked("--output", "out", "--processes", 1)

    assert first[0] == again[0] == 0
    assert "2,000 rows for 200 users of " in first[1]
    assert again[1] == "nothing is missing: 1 part in out\n"


@pytest.mark.parametrize("processes", [1, 2])
def test_a_tenant_that_cannot_be_read_is_one_sentence_too(shell, folder, processes):
    events = folder / "store" / "tenants" / "shop" / "events"
    for segment in events.rglob("*.jsonl.zst"):
        segment.write_bytes(b"damaged")

    said = shell.run(
        *("export", "--tenant", "shop", "--output", "out", "--part-size", 20),
        *("--processes", processes, "--json"),
        RECOMMENDER_STORE_URL=f"file://{folder / 'store'}",
    )

    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("error: the newest history cannot be read: ")
    assert said.err.endswith("[export_degraded]\n")
    assert said.err.count("\n") == 1


def test_those_of_a_file_are_asked_about(asked, tmp_path):
    (tmp_path / "items.txt").write_text("item-000020\nitem-000021\n")
    (tmp_path / "users.txt").write_text("nobody-knows\n")

    code, out, _ = asked(
        *("--output", "out", "--items", "items.txt", "--placement", "similar", "--json")
    )

    of_users = asked("--output", "users", "--users", "users.txt")

    document = json.loads(out)
    assert code == 0
    assert "note: 1 answer with [user_unknown]" in of_users[1]
    assert (document["by"], document["items"], document["rows"]) == ("item", 2, 20)
    assert counted(tmp_path / "out", "count(*), count(DISTINCT seed_item_id)") == (20, 2)


def test_a_bucket_takes_the_parts_and_is_gone_on_with(asked, monkeypatch, tmp_path):
    with running_s3() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        bucket = server.new_bucket()
        arguments = ("--output", f"s3://{bucket}/nightly/shop", "--part-size", 150, "--json")

        code, out, _ = asked(*arguments, "--processes", 1)
        again = json.loads(asked(*arguments)[1])

        keys = [one["Key"] for one in server._client.list_objects_v2(Bucket=bucket)["Contents"]]
        part = tmp_path / "part.parquet"
        server._client.download_file(bucket, "nightly/shop/part-000000.parquet", str(part))
    assert code == 0
    assert (json.loads(out)["parts"], again["parts_there_before"]) == (2, 2)
    assert [key.removeprefix("nightly/shop/") for key in keys] == [
        "_SUCCESS",
        "_export.json",
        "part-000000.parquet",
        "part-000001.parquet",
    ]
    assert counted(tmp_path) == (1500, 150)


def test_what_is_wrong_is_one_sentence(asked, tmp_path):
    (tmp_path / "users.txt").write_text("a\nb\n\n")
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letters.txt").write_text("")
    store = trained() / "store"
    (tmp_path / "link").symlink_to(store)

    for arguments, code, told in [
        (("--output", "out", "--users", "users.txt"), 1, "users.txt, line 3: it is empty"),
        (("--output", "out", "--users", "none.txt"), 1, "[ids_unreadable]"),
        (("--output", "file"), 1, "[output_unwritable]"),
        (("--output", "file/below"), 1, "[output_unwritable]"),
        (("--output", "full"), 1, "holds something else already (letters.txt)"),
        (("--output", store / "exports"), 1, "[output_in_store]"),
        (("--output", "link/exports"), 1, "[output_in_store]"),
        (("--output", f"file://{store}/exports"), 2, "is no place for an export"),
        (("--output", "out", "--placement", "nowhere"), 1, "[placement_unknown]"),
        (("--output", "out", "--filter", "colour = 1"), 1, "/filter: "),
        (("--output", "out", "--limit", 201), 2, "at most 200, as served"),
        (("--output", "out", "--users", "a", "--items", "b"), 2, "not both"),
        (("--output", "out", "--engine", "spark", "--placement", "similar"), 2, "--engine"),
    ]:
        ended, out, err = asked(*arguments)

        assert (ended, out) == (code, ""), err
        assert told in err
        assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_who_is_not_there_is_told(asked):
    unknown, _, told = asked("--output", "out", tenant="ghost")
    without, _, told_too = asked("--output", "out", tenant="empty")

    assert (unknown, without) == (1, 1)
    assert "[tenant_unknown]" in told
    assert "no model is live for 'empty' yet: `recommender train --tenant empty`" in told_too


def test_another_export_there_is_told_apart(asked):
    assert asked("--output", "out", "--limit", 3)[0] == 0

    code, _, told = asked("--output", "out", "--limit", 4)

    assert code == 1
    assert "request: there {'limit': 3}, here {'limit': 4}" in told
    assert "name a new folder" in told
