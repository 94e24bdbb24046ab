"""Models at the terminal: what is live, what the gate refused, and how that goes live by force."""

from pathlib import Path
from typing import Any

import pytest

from tests.recommender_cli.conftest import write_log

from .in_process import Terminal, _terminal

__all__ = ["_terminal"]

NOTHING_IS_PROVEN = """\
id: shop
gate: {minimum_test_users: 10000}
"""


@pytest.fixture(name="refused")
def _refused(terminal: Terminal, tmp_path: Path) -> str:
    """The version that holds what the gate refused; nothing is live."""
    write_log(tmp_path / "log.csv")
    assert terminal.imported("log.csv").code == 0
    terminal.write("shop.yaml", NOTHING_IS_PROVEN)
    assert terminal.run("tenants", "apply", "shop.yaml").code == 0
    said = terminal.run("train", "--tenant", "shop", "--json")
    assert said.code == 3, said.err
    version: str = said.document["steps"][-1]["result"]["refused_version"]
    return version


def models(terminal: Terminal, *arguments: object) -> Any:
    return terminal.run("models", *arguments, "--tenant", "shop")


def test_what_was_refused_goes_live_by_force_with_a_reason_that_is_shown(
    terminal: Terminal, refused: str
) -> None:
    listed = models(terminal, "list")
    assert listed.out.split("\n")[1].split()[0] == "refused"
    shown = models(terminal, "show", refused)
    assert "for_you: als, fitted in" in shown.out
    assert "REFUSED: the test period holds only" in shown.out

    unforced = models(terminal, "promote", refused, "--reason", "please")
    assert unforced.code == 3
    assert "for_you: the test period holds only" in unforced.err
    assert "[model_refused]" in unforced.err
    for unsaid in ((), ("--reason", " ")):
        said = models(terminal, "promote", refused, "--force", *unsaid)
        assert (said.code, "say why" in said.err) == (2, True)
    assert models(terminal, "list", "--json").document["current"] is None

    forced = models(terminal, "promote", refused, "--force", "--reason", "a holiday", "--json")
    assert forced.code == 0, forced.err
    assert forced.document == {"current": refused, "revision": 1, "forced": True}
    assert "live, forced" in models(terminal, "list").out
    assert ": a holiday" in models(terminal, "show").out
    (decision,) = models(terminal, "show", "--json").document["decisions"]
    assert (decision["forced"], decision["reason"]) == (True, "a holiday")
    assert decision["by"].startswith("cli:")


def test_a_refused_training_says_how_what_it_made_goes_live_all_the_same(
    terminal: Terminal, refused: str
) -> None:
    said = terminal.run("runs", "show", "--tenant", "shop")

    assert f"`recommender models promote --tenant T {refused} --force --reason WHY`" in said.out
