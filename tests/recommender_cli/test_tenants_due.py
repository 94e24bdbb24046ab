"""`recommender tenants due`: whom whoever trains all tenants is to train now."""

import json

from .in_process import Terminal, _terminal

__all__ = ["_terminal"]


def test_who_is_due_is_told_and_who_is_claimed_to_its_claimant_alone(terminal: Terminal) -> None:
    terminal.run("tenants", "create", "other")
    never = terminal.write("never.yaml", "id: never\nname: Never\ntraining: {schedule: null}\n")
    terminal.run("tenants", "apply", never)

    told = terminal.run("tenants", "due", "--json")
    claim = ("tenants", "due", "--claim", "night", "--limit", "1", "--output", "due.json", "--json")
    claimed = terminal.run(*claim)

    assert (told.code, claimed.code) == (0, 0)
    due = {one["tenant"]: one["resources"] for one in told.document["due"]}
    assert due == {"shop": "small", "other": "small"}
    (one,) = claimed.document["due"]
    written = (terminal.folder / "due.json").read_text(encoding="utf-8")
    assert json.loads(written) == claimed.document == terminal.run(*claim).document
    after = terminal.run("tenants", "due", "--json").document["due"]
    assert {one["tenant"] for one in after} == set(due) - {one["tenant"]}


def test_a_tenant_that_cannot_be_read_keeps_no_other_back(terminal: Terminal) -> None:
    terminal.run("tenants", "create", "broken")
    newest = max((terminal.folder / ".recommender/tenants/broken/settings").rglob("*.json"))
    newest.write_text("{}", encoding="utf-8")

    said = terminal.run("tenants", "due", "--json")

    assert said.code == 0
    assert [one["tenant"] for one in said.document["due"]] == ["shop"]
    assert [one["tenant"] for one in said.document["faults"]] == ["broken"]
    assert "error: tenant 'broken': " in said.err
