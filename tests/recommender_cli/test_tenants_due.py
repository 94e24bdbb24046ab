"""`recommender tenants due`: whom whoever trains all tenants is to train now."""

import json

import pytest

from tests.recommender_api.served import until

from .in_process import Terminal, _terminal
from .shell import Shell

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


def test_who_is_due_is_begun_through_the_launcher_and_not_twice(shell: Shell) -> None:
    shell.run("tenants", "create", "shop")

    first = shell.run("tenants", "due", "--start", "--json", RECOMMENDER_LAUNCHER="local")
    second = shell.run("tenants", "due", "--start", "--json", RECOMMENDER_LAUNCHER="local")

    assert first.code == 0, first.err
    (one,) = first.document["due"]
    assert second.document["due"] == []
    run = shell.run("runs", "show", "--tenant", "shop", one["run_id"], "--json").document
    assert run["launched"]["launcher"] == "local"
    until(lambda: state(shell, one["run_id"]) == "refused", 60)  # its log is empty


def state(shell: Shell, run_id: str) -> str:
    shown = shell.run("runs", "show", "--tenant", "shop", run_id, "--json").document
    return str(shown["status"])


@pytest.mark.parametrize(
    ("launcher", "more", "said"),
    [
        ("cron", {}, "RECOMMENDER_LAUNCHER=cron: say local or kubernetes or airflow"),
        (
            "airflow",
            {
                "RECOMMENDER_AIRFLOW_URL": "http://127.0.0.1:1",
                "RECOMMENDER_AIRFLOW_TOKEN": "t",
            },
            "see whether its API server runs, and whether RECOMMENDER_AIRFLOW_URL names it",
        ),
        ("airflow", {}, "say where Airflow is: RECOMMENDER_AIRFLOW_URL="),
        ("kubernetes", {}, "use a bucket, or mount the folder"),
    ],
)
def test_a_launcher_that_begins_nothing_ends_the_look_with_what_to_mend(
    shell: Shell, launcher: str, more: dict[str, str], said: str
) -> None:
    for tenant in ("shop", "twin"):
        shell.run("tenants", "create", tenant)

    ended = shell.run("tenants", "due", "--start", RECOMMENDER_LAUNCHER=launcher, **more)

    assert ended.code in (1, 2)
    assert said in " ".join(ended.err.split())
    assert sum(len(runs_of(shell, tenant)) for tenant in ("shop", "twin")) <= 1


def runs_of(shell: Shell, tenant: str) -> list[object]:
    return shell.run("runs", "list", "--tenant", tenant, "--json").document["runs"]


def test_to_claim_and_to_start_are_two_things(shell: Shell) -> None:
    shell.run("tenants", "create", "shop")

    assert "not both" in shell.run("tenants", "due", "--start", "--claim", "night").err
