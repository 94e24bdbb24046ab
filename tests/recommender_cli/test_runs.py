"""A tenant's trainings at the terminal: how they ended, what they took, about how long yet."""

from pathlib import Path

import pytest

from recommender_cli.training_progress import TimeLeft
from tests.recommender_cli.shell import Shell


def test_trainings_are_listed_and_shown_with_what_each_step_took(shop: Shell) -> None:
    listed = shop.run("runs", "list", "--tenant", "shop", "--json").document["runs"]
    shown = shop.run("runs", "show", "--tenant", "shop", listed[-1]["run_id"])

    assert listed[-1]["status"] == "promoted"
    assert shown.code == 0, shown.err
    assert "fit:for_you" in shown.out
    assert " MB" in shown.out
    assert f"live now: {listed[-1]['version']}" in shown.out


def test_a_report_is_one_page(shop: Shell, tmp_path: Path) -> None:
    said = shop.run("runs", "report", "--tenant", "shop", "--output", tmp_path / "report.html")
    printed = shop.run("runs", "report", "--tenant", "shop")

    assert said.code == 0, said.err
    assert (tmp_path / "report.html").read_text() == printed.out
    assert printed.out.startswith("<!doctype html>")


@pytest.mark.parametrize("verb", ["show", "report"])
def test_who_was_never_trained_is_told_how(shell: Shell, verb: str) -> None:
    shell.run("tenants", "create", "new")

    said = shell.run("runs", verb, "--tenant", "new")
    unknown = shell.run("runs", verb, "--tenant", "new", "nothing")

    assert (said.code, unknown.code) == (1, 1)
    assert "`recommender train --tenant new`" in said.err
    assert "[run_unknown]" in unknown.err


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_time_left_is_that_of_the_last_training_stretched_by_how_this_one_goes() -> None:
    clock = Clock()
    left = TimeLeft({"snapshot": 99.0, "fit": 100.0, "gate": 50.0}, clock)
    left.step("snapshot")
    assert left.left_s() == pytest.approx(249)

    clock.now = 199.0
    left.step("fit")
    assert left.left_s() == pytest.approx(300)

    clock.now += 50
    assert left.left_s() == pytest.approx(250)
    assert left.left_s(0.25) == pytest.approx(150 + 100)

    clock.now += 1000
    assert left.left_s() == pytest.approx(100)


def test_without_a_training_before_only_the_steps_own_bar_tells() -> None:
    clock = Clock()
    left = TimeLeft({}, clock)
    left.step("fit")
    clock.now = 10.0

    assert left.left_s() is None
    assert left.left_s(0.5) == pytest.approx(10)


def test_steps_that_another_process_finished_take_no_time() -> None:
    left = TimeLeft({"snapshot": 60.0, "fit": 60.0}, Clock())
    left.skip(("snapshot",))
    left.step("fit")

    assert left.left_s() == pytest.approx(60)
