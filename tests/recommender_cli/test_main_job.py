"""The main job by command line: a log becomes recommendations."""

import gzip
import json

import pytest

from recommender_cli.step_told import LIMIT_BYTES

from .conftest import write_log
from .shell import Shell


def test_a_log_becomes_a_live_model(shop: Shell) -> None:
    listed = shop.run("models", "list", "--tenant", "shop", "--json").document

    assert listed["current"] == listed["models"][-1]["version"]
    shown = shop.run("models", "show", "--tenant", "shop", "--json").document
    assert shown["lineage"]["events"] == 12_000
    assert shown["slots"]["for_you"]["verdict"]["passed"] is True


def test_a_user_and_an_item_get_ranked_answers_with_reasons(shop: Shell) -> None:
    popular = shop.run("recommend", "--tenant", "shop", "--limit", 1, "--json").document
    item = popular["items"][0]["item_id"]

    similar = shop.run("recommend", "--tenant", "shop", "--item", item, "--json").document

    assert similar["served_by"] == "model"
    assert [one["rank"] for one in similar["items"]] == list(range(1, 11))
    assert similar["items"][0]["reason"] == f"similar_to:{item}"
    assert item not in [one["item_id"] for one in similar["items"]]


def test_the_same_import_again_changes_nothing(shop: Shell) -> None:
    said = shop.run("events", "import", "--tenant", "shop", "log.csv", "--json")

    assert said.code == 0
    assert said.document["new_events"] == 0
    assert said.document["duplicates"] == 12_000


def test_the_log_lies_in_parquet_files_that_the_store_names(shop: Shell) -> None:
    files = shop.run("store", "files", "--tenant", "shop", "--json").document["files"]

    assert sum(one["rows"] for one in files) == 12_000
    assert all(one["key"].startswith(f"parquet/date={one['day']}/") for one in files)


def test_a_dry_run_publishes_nothing(shop: Shell) -> None:
    before = shop.run("models", "list", "--tenant", "shop", "--json").document

    said = shop.run("train", "--tenant", "shop", "--dry-run", "--json")

    assert said.code == 0
    assert said.document["status"] == "dry"
    assert shop.run("models", "list", "--tenant", "shop", "--json").document == before


def test_an_empty_log_is_refused_with_the_way_on(shell: Shell) -> None:
    shell.run("tenants", "create", "shop")

    said = shell.run("train", "--tenant", "shop")

    assert said.code == 3
    assert "[log_empty]" in said.err
    assert "events import" in said.err


def test_a_constant_user_is_refused_by_name(shell: Shell) -> None:
    rows = [f"admin,item-{at % 50},2026-01-{1 + at % 28:02d}T10:00:00Z" for at in range(2000)]
    (shell.folder / "log.csv").write_text("user_id,item_id,timestamp\n" + "\n".join(rows))
    shell.run("tenants", "create", "shop")
    shell.run("events", "import", "--tenant", "shop", "log.csv")

    said = shell.run("train", "--tenant", "shop", "--json")

    assert said.code == 3
    assert said.document["code"] == "one_user"


def test_an_unknown_recipe_names_the_known_ones(shop: Shell) -> None:
    said = shop.run("train", "--tenant", "shop", "--recipe", "magic")

    assert said.code == 1
    assert "als" in said.err
    assert "[recipe_unknown]" in said.err


def test_steps_run_one_by_one_end_like_all_at_once(shell: Shell) -> None:
    write_log(shell.folder / "log.csv")
    shell.run("tenants", "create", "shop")
    shell.run("events", "import", "--tenant", "shop", "log.csv")

    steps = ["snapshot", "check", "fit:similar", "fit:for_you", "fit:popular", "measure", "gate"]
    told = {}
    for step in [*steps, "publish"]:
        said = shell.run(
            *("train", "--tenant", "shop", "--run", "night-1", "--step", step),
            *("--output", "told.json"),
        )
        assert said.code == 0, said.err
        written = (shell.folder / "told.json").read_bytes()
        assert len(written) < LIMIT_BYTES
        told[step] = json.loads(written)

    current = shell.run("models", "list", "--tenant", "shop", "--json").document["current"]
    lineage = shell.run("models", "show", "--tenant", "shop", "--json").document["lineage"]
    assert told["publish"]["version"] == current
    assert told["snapshot"]["data_fingerprint"] == lineage["data_fingerprint"]
    assert told["gate"]["gate"]["for_you"] == "passed"
    assert {(one["tenant"], one["run_id"]) for one in told.values()} == {("shop", "night-1")}


def test_a_refused_training_tells_its_reason_and_no_more(shell: Shell) -> None:
    shell.run("tenants", "create", "shop")

    said = shell.run("train", "--tenant", "shop", "--output", "told.json")

    assert said.code == 3
    assert not (shell.folder / "told.json").exists()


def test_a_rollback_goes_back_and_says_when_there_is_nothing_before(shell: Shell) -> None:
    write_log(shell.folder / "log.csv")
    shell.run("tenants", "create", "shop")
    shell.run("events", "import", "--tenant", "shop", "log.csv")
    shell.run("train", "--tenant", "shop")
    first = shell.run("models", "list", "--tenant", "shop", "--json").document["current"]

    alone = shell.run("models", "rollback", "--tenant", "shop")
    shell.run("train", "--tenant", "shop")
    back = shell.run("models", "rollback", "--tenant", "shop", "--json")

    assert alone.code == 1
    assert "[nothing_to_roll_back]" in alone.err
    assert back.document["current"] == first


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "log_empty"), (gzip.compress(b"a,b\n" * 100_000)[:200], "log_truncated")],
    ids=["empty", "truncated gzip"],
)
def test_a_file_that_cannot_be_read_is_told_and_nothing_is_taken(
    shell: Shell, content: bytes, code: str
) -> None:
    (shell.folder / "log.csv").write_bytes(content)
    shell.run("tenants", "create", "shop")

    said = shell.run("events", "import", "--tenant", "shop", "log.csv")

    assert said.code == 1
    assert f"[{code}]" in said.err
    assert shell.run("store", "files", "--tenant", "shop", "--json").document["files"] == []


def test_broken_lines_are_counted_and_kept_aside_with_their_reason(shell: Shell) -> None:
    rows = [f"u{at},i{at % 7},2026-01-02T03:04:{at % 60:02d}Z" for at in range(500)]
    rows.insert(10, "u1,i1,not-a-time")
    (shell.folder / "log.csv").write_text("user_id,item_id,timestamp\n" + "\n".join(rows))
    shell.run("tenants", "create", "shop")

    said = shell.run("events", "import", "--tenant", "shop", "log.csv", "--json")

    assert said.document["events"] == 500
    assert said.document["rejected"] + said.document["unreadable"] == 1
    assert "12" in (shell.folder / "log.csv.rejects.jsonl").read_text()


def test_items_are_imported_and_titles_come_back(shell: Shell) -> None:
    (shell.folder / "items.csv").write_text("item_id,title,price\ni1,A Lamp,3.5\ni2,A Rug,9\n")
    shell.run("tenants", "create", "shop")

    said = shell.run("items", "import", "--tenant", "shop", "items.csv", "--json")

    assert said.document == {"items": 2, "rejected": []}


def test_inspect_prints_a_mapping_that_import_takes(shell: Shell) -> None:
    write_log(shell.folder / "log.csv")
    mapping = shell.run("events", "inspect", "log.csv")
    (shell.folder / "mapping.yaml").write_text(mapping.out)
    shell.run("tenants", "create", "shop")

    said = shell.run(
        "events", "import", "--tenant", "shop", "log.csv", "--mapping", "mapping.yaml", "--json"
    )

    assert mapping.code == 0
    assert said.document["new_events"] == 12_000


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("recommend", "--tenant", "shop", "--user", ""), "never empty"),
        (("recommend", "--tenant", "shop", "--user", "u", "--item", "i"), "not both"),
        (("train", "--tenant", "shop", "--run", "r", "--step", "nope"), "fit:similar"),
        (("train", "--tenant", "shop", "--step", "check"), "belongs to a run"),
        (("train", "--tenant", "shop", "--engine", "ray"), "'spark'"),
    ],
    ids=["empty user", "user and item", "unknown step", "step without run", "engine"],
)
def test_what_makes_no_sense_is_a_usage_error(
    shop: Shell, arguments: tuple[str, ...], sentence: str
) -> None:
    said = shop.run(*arguments)

    assert said.code == 2
    assert sentence in said.err


def test_a_damaged_model_does_not_go_live_and_the_doctor_tells_of_it(shell: Shell) -> None:
    write_log(shell.folder / "log.csv")
    shell.run("tenants", "create", "shop")
    shell.run("events", "import", "--tenant", "shop", "log.csv")
    for _ in range(2):
        shell.run("train", "--tenant", "shop")
    live = shell.run("models", "list", "--tenant", "shop", "--json").document["current"]
    for path in (shell.folder / ".recommender").rglob("item_factors.npy"):
        path.write_bytes(path.read_bytes()[:-1])

    back = shell.run("models", "rollback", "--tenant", "shop")
    doctor = shell.run("doctor", "--json")

    assert back.code == 1
    assert "[artifact_corrupt]" in back.err
    assert shell.run("models", "list", "--tenant", "shop", "--json").document["current"] == live
    assert doctor.code == 1
    assert "artifact_corrupt" in doctor.out
