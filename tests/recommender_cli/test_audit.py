"""The audit trail by command line, and a trail that somebody tampered with."""

import json

import pytest

from .in_process import Terminal, _terminal  # noqa: F401 - a fixture


def entry(terminal: Terminal, number: int):
    return terminal.folder / ".recommender/platform/audit" / f"{number:012d}.json"


def test_who_did_what_is_told_in_a_table_and_as_json(terminal: Terminal) -> None:
    terminal.run("keys", "create", "--tenant", "shop", "--name", "web")

    said = terminal.run("audit", "--tenant", "shop")
    document = terminal.run("audit", "--json", "--kind", "key").document

    assert "tenant.created" in said.out
    assert " from cli@" in said.out
    (key,) = document["entries"]
    assert (key["kind"], key["tenant"]) == ("key.created", "shop")
    assert key["by"].startswith("cli:")
    by_them = terminal.run("audit", "--json", "--actor", key["by"]).document["entries"]
    assert len(by_them) == 2
    assert terminal.run("audit", "--json", "--actor", "nobody").document["entries"] == []
    assert "digest" not in json.dumps(document)


def test_entries_come_in_parts(terminal: Terminal) -> None:
    terminal.run("keys", "create", "--tenant", "shop", "--name", "web")

    first = terminal.run("audit", "--json", "--limit", 1).document
    second = terminal.run("audit", "--json", "--before", first["before"]).document

    assert [one["number"] for one in (*first["entries"], *second["entries"])] == [2, 1]
    assert second["before"] is None
    assert terminal.run("audit", "--limit", 0).code == 2


def test_a_whole_trail_is_whole_and_names_its_head(terminal: Terminal) -> None:
    said = terminal.run("audit", "check", "--json")
    head = said.document["head"]

    assert said.code == 0
    assert said.document["findings"] == []
    terminal.run("keys", "create", "--tenant", "shop", "--name", "web")
    assert terminal.run("audit", "check", "--since", head).code == 0
    elsewhere = f"1:{'0' * 64}"
    assert terminal.run("audit", "check", "--since", elsewhere).code == 1
    assert terminal.run("audit", "check", "--since", "yesterday").code == 2


@pytest.mark.parametrize("deed", ["edited", "removed"])
def test_a_trail_that_was_tampered_with_is_named_with_exit_code_1(
    terminal: Terminal, deed: str
) -> None:
    for name in ("a", "b", "c"):
        terminal.run("keys", "create", "--tenant", "shop", "--name", name)
    path = entry(terminal, 2)
    if deed == "edited":
        path.write_text(path.read_text().replace("key.created", "key.revoked"))
    else:
        path.unlink()

    said = terminal.run("audit", "check")

    assert said.code == 1
    assert "entry 2 of the trail" in said.out
    assert "is not whole" in said.out


def test_what_is_not_in_the_trail_is_taken_in_and_marked(terminal: Terminal) -> None:
    assert terminal.run("audit", "record", "--json").document == {"recorded": []}

    entry(terminal, 1).unlink()
    record = terminal.folder / ".recommender/tenants/shop/settings/000000000001.json"
    aged = json.loads(record.read_text())
    aged["written_at"] = "2026-01-01T00:00:00Z"
    del aged["sha256"]
    record.write_text(json.dumps(aged))
    assert terminal.run("audit", "check").code == 1

    assert terminal.run("audit", "record", "--json").document == {"recorded": [1]}

    assert terminal.run("audit", "check").code == 0
    note, late = terminal.run("audit", "--json").document["entries"]
    assert (late["kind"], late["late"], late["at"]) == (
        "tenant.created",
        True,
        "2026-01-01T00:00:00+00:00",
    )
    assert (note["kind"], note["detail"]) == ("audit.recorded", {"entries": [1]})


def test_imports_and_erasures_are_told_the_user_by_a_digest_alone(terminal: Terminal) -> None:
    log = "user_id,item_id,timestamp,event\n"
    log += "".join(f"u{at},i{at % 3},2026-01-0{at % 9 + 1}T00:00:00Z,view\n" for at in range(20))
    terminal.write("log.csv", log)
    terminal.write("items.csv", "item_id,title\ni1,One\n")
    assert terminal.imported("log.csv").code == 0
    assert terminal.run("items", "import", "--tenant", "shop", "items.csv").code == 0
    assert terminal.run("store", "erase", "--tenant", "shop", "--user", "u7", "--yes").code == 0

    erased, items, events, *_ = terminal.run("audit", "--json").document["entries"]

    assert (erased["kind"], erased["detail"]["events"]) == ("user.erased", 1)
    assert len(erased["subject"][0]) == 64
    assert "u7" not in json.dumps(erased)
    assert (items["kind"], items["detail"]["items"]) == ("items.imported", 1)
    assert (events["kind"], events["detail"]["new_events"]) == ("events.imported", 20)


def test_a_final_deletion_is_ended_by_prune(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.run("tenants", "delete", "shop", "--yes", "shop")
    assert terminal.run("store", "prune", "--json").document["gone"] == []
    monkeypatch.setenv("RECOMMENDER_RESTORE_DAYS", "0")

    planned = terminal.run("store", "prune", "--dry-run", "--json").document["gone"]
    said = terminal.run("store", "prune")

    assert [one["tenant"] for one in planned] == ["shop"]
    assert "the deletion" in said.out
    assert not [
        one for one in (terminal.folder / ".recommender/tenants").rglob("*") if one.is_file()
    ]
    assert "[tenant_exists]" in terminal.run("tenants", "create", "shop").err
    assert "[tenant_unknown]" in terminal.run("tenants", "restore", "shop").err
    assert terminal.run("audit", "check").code == 0
    monkeypatch.setenv("RECOMMENDER_RESTORE_DAYS", "soon")
    assert "[setting_invalid]" in terminal.run("tenants", "list").err
