"""`recommender measure`: how good the live model is now, told at a terminal and to a machine."""

import re
import shutil
from pathlib import Path

import pytest

from tests.recommender_cli.shell import Shell


@pytest.fixture(name="trained")
def _trained(shop: Shell, tmp_path: Path) -> Shell:
    """The shop as it was trained, to be measured and changed."""
    folder = tmp_path / "shop"
    shutil.copytree(shop.folder, folder)
    return Shell(folder)


def test_a_person_reads_now_beside_the_gate_and_what_changed(trained: Shell) -> None:
    said = trained.run("measure", "--tenant", "shop")

    assert said.code == 0, said.err
    assert "at the gate" in said.out
    (row,) = (line for line in said.out.splitlines() if re.match(r" *for_you .* to ", line))
    assert "1.00" in row
    assert "FINDING model_age_days" in said.out
    assert "measured" in said.out
    assert "live now" not in said.out


def test_a_machine_reads_one_document_and_the_run_can_be_followed(trained: Shell) -> None:
    said = trained.run("measure", "--tenant", "shop", "--days", "2", "--json")

    assert said.code == 0, said.err
    document = said.document
    assert (document["kind"], document["status"]) == ("measure", "measured")
    assert document["live"]["quality"]["similar"]["at_gate"] > 0
    assert [step["name"] for step in document["steps"]] == [
        "snapshot",
        "measure",
        "drift",
        "online",
    ]
    assert document["steps"][-1]["result"]["answered"] == []
    listed = trained.run("runs", "list", "--tenant", "shop", "--json").document["runs"]
    assert listed[0]["run_id"] == document["run_id"]
    shown = trained.run("runs", "show", "--tenant", "shop", document["run_id"])
    assert shown.code == 0, shown.err
    page = trained.run("runs", "report", "--tenant", "shop", document["run_id"])
    assert "The live model was measured" in page.out


def test_who_has_no_model_is_refused(shell: Shell) -> None:
    shell.run("tenants", "create", "new")

    said = shell.run("measure", "--tenant", "new", "--json")

    assert said.code == 3
    assert (said.document["status"], said.document["code"]) == ("refused", "no_model")
    assert said.document["live"] is None
    assert "[no_model]" in said.err


def test_a_period_of_nothing_is_no_period(shell: Shell) -> None:
    assert shell.run("measure", "--tenant", "shop", "--days", "0").code == 2
