"""Tending a store by command line."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender_store.author import Author
from recommender_store.erasures.receipt import ReceiptId
from recommender_store.opening import Store, open_store
from recommender_store.settings import StoreSettings
from tests.recommender_store.event_log.canonical import event, written

from .shell import Shell


@pytest.fixture(name="small")
def _small(shell: Shell) -> Shell:
    """Two tenants with a few events each, one of them compacted."""
    for tenant in ("one", "two"):
        shell.run("tenants", "create", tenant)
    store = open_store(StoreSettings(url=f"file://{shell.folder}/.recommender"))
    for tenant in ("one", "two"):
        written(store.tenant(tenant).events, event("e1", user_id="anna-1"), event("e2"))
    return shell


def segment(shell: Shell, tenant: str) -> Path:
    (path,) = segments(shell, tenant)
    return path


def segments(shell: Shell, tenant: str) -> list[Path]:
    folder = shell.folder / ".recommender/tenants" / tenant / "events/segments"
    return list(folder.rglob("*.zst"))


def test_compaction_tells_what_flowed(small: Shell) -> None:
    said = small.run("store", "compact", "--json")

    assert said.code == 0
    assert said.document["faults"] == []
    assert [one["new_events"] for one in said.document["tenants"]] == [2, 2]
    assert said.document["tenants"][0]["flow"]["compacted"] == {"2026-11-20": 2}


def test_a_damaged_segment_is_named_and_stops_no_other_tenant(small: Shell) -> None:
    path = segment(small, "one")
    path.write_bytes(path.read_bytes()[:-1])

    said = small.run("store", "compact", "--json")

    assert said.code == 1
    assert [one["tenant"] for one in said.document["tenants"]] == ["two"]
    assert [one["tenant"] for one in said.document["faults"]] == ["one"]
    assert f"tenants/one/events/segments/{path.parent.name}/{path.name}" in said.err
    assert "[segment_corrupt]" in said.err


def test_a_damaged_file_of_the_log_is_named(small: Shell) -> None:
    small.run("store", "compact")
    (path,) = (small.folder / ".recommender/tenants/one/events/parquet").rglob("*.parquet")
    path.write_bytes(path.read_bytes()[:-20] + b"x" * 20)
    store = open_store(StoreSettings(url=f"file://{small.folder}/.recommender"))
    written(store.tenant("one").events, event("e3"))

    said = small.run("store", "compact")

    assert said.code == 1
    assert path.name in said.err
    assert "[log_file_corrupt]" in said.err


def test_a_whole_store_is_checked_with_exit_code_0(small: Shell) -> None:
    small.run("store", "compact")

    said = small.run("store", "check", "--json")

    assert (said.code, said.document["damage"], said.document["findings"]) == (0, 0, [])
    assert said.document["examined"] > 4
    assert "0 damaged" in small.run("store", "check").out


def test_damage_is_told_with_exit_code_1(small: Shell) -> None:
    path = segment(small, "one")
    path.write_bytes(path.read_bytes()[:-1])

    said = small.run("store", "check", "--json")

    assert said.code == 1
    (finding,) = said.document["findings"]
    assert small.folder / ".recommender" / finding["key"] == path
    assert "backup" in finding["sentence"]
    assert small.run("store", "check", "--tenant", "two").code == 0


def test_a_tenant_whose_settings_are_damaged_is_looked_at_too(small: Shell) -> None:
    path = small.folder / ".recommender/tenants/one/settings/000000000001.json"
    path.write_bytes(b"?")

    assert small.run("store", "check").code == 1
    compacted = small.run("store", "compact", "--json")
    assert compacted.code == 1
    assert [one["tenant"] for one in compacted.document["tenants"]] == ["two"]


def test_pruning_keeps_everything_by_default_and_tells_so(small: Shell) -> None:
    dry = small.run("store", "prune", "--dry-run", "--json")
    done = small.run("store", "prune", "--json")

    assert (dry.code, done.code) == (0, 0)
    assert dry.document["dry_run"]
    assert [one["events"]["events"] for one in done.document["tenants"]] == [0, 0]


def test_events_go_after_as_many_days_as_the_tenant_says(small: Shell) -> None:
    settings = small.folder / "one.yaml"
    settings.write_text("id: one\nname: one\nretention: {events_days: 0}\n")
    refused = small.run("tenants", "apply", settings)
    assert refused.code != 0
    assert "events_days" in refused.err
    settings.write_text("id: one\nname: one\nretention: {events_days: 1}\n")
    store = open_store(StoreSettings(url=f"file://{small.folder}/.recommender"))
    written(store.tenant("one").events, event("old", "2020-01-01T00:00:00Z"))
    assert small.run("tenants", "apply", settings).code == 0

    said = small.run("store", "prune", "--tenant", "one", "--json")

    assert said.code == 0
    assert said.document["tenants"][0]["events"]["events"] >= 1


def test_an_erased_user_is_gone_and_the_receipt_stays(small: Shell) -> None:
    said = small.run("store", "erase", "--tenant", "one", "--user", "anna-1", "--yes", "--json")

    assert said.code == 0
    assert (said.document["done"], said.document["events_removed"]) == (True, 1)
    assert said.document["not_covered"]
    store = open_store(StoreSettings(url=f"file://{small.folder}/.recommender"))
    receipt = store.tenant("one").erasures.find(said.document["id"])
    assert receipt.user == store.tenant("one").digest_of("user", "anna-1")
    assert receipt.done
    assert small.run("store", "check").code == 0
    told = small.run("store", "erase", "--tenant", "two", "--user", "anna-1", "--yes")
    assert "1 event removed" in told.out
    assert "not covered: " in told.out
    nobody = small.run("store", "erase", "--tenant", "two", "--user", "nobody", "--yes")
    assert nobody.out.splitlines()[1].startswith("nothing of them was found")


def test_an_import_brings_back_nothing_that_an_erased_user_did_before(small: Shell) -> None:
    rows = ["user_id,item_id,timestamp,event"]
    rows += [
        f"u{at % 4},i{at % 7},2026-11-0{at % 9 + 1}T10:00:0{at % 10}Z,view" for at in range(80)
    ]
    (small.folder / "log.csv").write_text("\n".join(rows))
    small.run("store", "erase", "--tenant", "one", "--user", "u1", "--yes")

    said = small.run("events", "import", "--tenant", "one", "log.csv", "--json")

    left_out = sum(row.startswith("u1,") for row in rows)
    assert said.code == 0, said.err
    assert (said.document["events"], said.document["erased"]) == (80, left_out)
    assert said.document["new_events"] + said.document["duplicates"] == 80 - left_out
    store = open_store(StoreSettings(url=f"file://{small.folder}/.recommender"))
    assert {one["user_id"] for one in store.tenant("one").events.state().read()} >= {"u0", "u2"}
    assert "u1" not in {one["user_id"] for one in store.tenant("one").events.state().read()}
    again = small.run("events", "import", "--tenant", "one", "log.csv", "--again")
    assert f"{left_out} left out" in again.out


def test_who_was_to_be_erased_by_rest_is_erased_where_no_server_runs(small: Shell) -> None:
    store = open_store(StoreSettings(url=f"file://{small.folder}/.recommender"))
    space = store.tenant("one")
    receipt_id = ReceiptId.of(space.digest_of("user", "anna-1"), datetime.now(UTC))
    space.erasures.ask(receipt_id, "anna-1", Author("key:k", "10.0.0.1"))

    said = small.run("store", "erase", "--pending", "--json")

    (told,) = said.document["receipts"]
    assert (said.code, told["done"], told["events_removed"]) == (0, True, 1)
    assert told["tenant"] == "one"
    assert space.erasures.find(str(receipt_id)).done
    again = small.run("store", "erase", "--tenant", "one", "--pending", "--json")
    assert again.document == {"receipts": [], "faults": []}
    assert small.run("store", "check").code == 0


def test_whoever_erases_a_user_names_the_tenant(small: Shell) -> None:
    said = small.run("store", "erase", "--user", "anna-1", "--yes")

    assert (said.code, said.err) == (2, "error: name the tenant: `--tenant`\n")


def test_erasing_asks_first(small: Shell) -> None:
    said = small.run("store", "erase", "--tenant", "one", "--user", "anna-1")

    assert said.code != 0
    declined = small.run("store", "erase", "--tenant", "one", "--user", "anna-1", stdin="n\n")
    assert (declined.code, declined.err.splitlines()[-1][-25:]) == (1, "error: nothing was erased")
    assert small.run("store", "compact", "--json").document["tenants"][0]["new_events"] == 2


@pytest.mark.parametrize("named", [(), ("--user", "u", "--session", "s")], ids=["none", "both"])
def test_erasing_takes_either_a_user_or_a_session(small: Shell, named: tuple[str, ...]) -> None:
    said = small.run("store", "erase", "--tenant", "one", "--yes", *named)

    assert said.code == 2
    assert "either" in said.err


def test_an_unknown_tenant_is_told_as_such(small: Shell) -> None:
    for verb in (["check"], ["prune"], ["compact"], ["erase", "--user", "u", "--yes"]):
        said = small.run("store", *verb, "--tenant", "three")
        assert said.code == 1
        assert "[tenant_unknown]" in said.err


def test_a_trained_shop_is_whole_before_and_after_an_erasure(shop: Shell, tmp_path: Path) -> None:
    shutil.copytree(shop.folder / ".recommender", tmp_path / ".recommender")
    copy = Shell(tmp_path)
    assert copy.run("store", "check", "--json").document["findings"] == []
    store = open_store(StoreSettings(url=f"file://{tmp_path}/.recommender"))
    (tenant,) = store.tenant_ids()
    user = next(
        one["user_id"] for one in store.tenant(tenant).events.state().read() if "user_id" in one
    )

    said = copy.run("store", "erase", "--tenant", tenant, "--user", user, "--yes", "--json")

    assert said.code == 0
    assert said.document["models"]
    assert copy.run("store", "check", "--json").document["findings"] == []
    answer = copy.run("recommend", "--tenant", tenant, "--user", user, "--json")
    assert answer.code == 0


def test_all_that_a_store_needs_is_done_and_what_went_wrong_keeps_nothing_back(
    small: Shell,
) -> None:
    fine = small.run("store", "tend")
    before = set(segments(small, "one"))
    written(store_of(small).tenant("one").events, event("e3"))
    (path,) = set(segments(small, "one")) - before
    path.write_bytes(path.read_bytes()[:-1])

    damaged = small.run("store", "tend")

    assert fine.code == 0, fine.err
    assert [line for line in fine.err.splitlines() if line.endswith(":")] == [
        *("compact:", "erase:", "prune:", "check:"),
    ]
    assert damaged.code == 1
    assert "error: compact, prune, check: did not end well" in damaged.err
    assert "tending-the-store.md" in damaged.err


def store_of(shell: Shell) -> Store:
    return open_store(StoreSettings(url=f"file://{shell.folder}/.recommender"))
