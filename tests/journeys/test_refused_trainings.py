"""
What may happen to a log, through `recommender train`: refused or flagged by name, or trained on.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from tests.recommender_cli.in_process import Terminal, _terminal
from tests.trainers.datasets.checks.logs import (
    Log,
    a_bot,
    a_day_lost,
    a_day_moved,
    a_kind_missing,
    a_slow_decline,
    items_renamed,
    one_id_for_all,
    steady,
    the_test_in_the_past,
    twins,
)
from tests.trainers.tenant import event, log

__all__ = ["_terminal"]
pytestmark = pytest.mark.slow

LOG = steady()

REFUSED = {
    "60 % of a day": (lambda: a_day_lost(LOG), "volume_drop"),
    "3 % a day for 20 days": (lambda: a_slow_decline(LOG), "volume_decline"),
    "a kind missing": (lambda: a_kind_missing(LOG), "kind_missing"),
    "one user": (lambda: one_id_for_all(LOG), "one_user"),
    "30 % duplicates": (lambda: twins(LOG), "duplicates"),
    "items renamed": (lambda: items_renamed(LOG), "items_renamed"),
    "the test in the training": (lambda: the_test_in_the_past(LOG), "test_leak"),
    "a bot with 100,000 views": (lambda: a_bot(LOG), "bots"),
}
FLAGGED = {
    "a clock a day ahead": (lambda: a_day_moved(LOG, 0, 1), "clock_jump"),
    "a bot beside 200,000 events": (lambda: a_bot(steady(events=200_000)), "bots"),
}


def events(of: Log) -> Iterator[dict[str, Any]]:
    order = np.argsort(of.at_us, kind="stable")
    for number, at in enumerate(order):
        yield event(
            number,
            datetime.fromtimestamp(of.at_us[at] / 1e6, UTC),
            str(of.kind[at]),
            user_id=f"user-{of.user[at]}",
            item_id=f"item-{of.item[at]}",
        )


def trained(terminal: Terminal, of: Log, *options: str) -> Any:
    """The verdict of `recommender train` on a log."""
    store = open_store(StoreSettings.from_environment({}))
    log(store.tenant("shop"), events(of))
    return terminal.run("train", "--tenant", "shop", "--json", *options)


def findings(run: dict[str, Any]) -> dict[str, str]:
    (checked,) = (step["result"] for step in run["steps"] if step["name"] == "check")
    return {one["code"]: one["severity"] for one in checked["findings"]}


@pytest.mark.parametrize(("fault", "code"), REFUSED.values(), ids=REFUSED)
def test_a_planted_fault_is_refused_by_name_and_nothing_goes_live(
    terminal: Terminal, fault: Any, code: str
) -> None:
    said = trained(terminal, fault())

    assert said.code == 3, said.err
    run = said.document
    found = findings(run)
    assert (run["status"], found[run["code"]]) == ("refused", "refuse")
    assert code in found
    assert f"{code}: " in terminal.run("runs", "show", "--tenant", "shop").out
    assert [step["name"] for step in run["steps"]] == ["snapshot", "check"]
    assert terminal.run("models", "list", "--tenant", "shop", "--json").document["models"] == []


@pytest.mark.parametrize(("fault", "code"), FLAGGED.values(), ids=FLAGGED)
def test_a_fault_that_may_be_none_is_flagged_by_name(
    terminal: Terminal, fault: Any, code: str
) -> None:
    said = trained(terminal, fault(), "--dry-run")

    assert said.code == 0, said.err
    assert findings(said.document) == {code: "warn"}
    assert f"warning {code}: " in terminal.run("runs", "show", "--tenant", "shop").out


def test_the_same_log_without_a_fault_is_trained_on_and_goes_live(terminal: Terminal) -> None:
    said = trained(terminal, LOG)

    assert said.code == 0, said.err
    assert said.document["status"] == "promoted"
    assert findings(said.document) == {}


def test_a_log_whose_items_are_shuffled_fails_against_popularity(terminal: Terminal) -> None:
    """Every user, item, kind and time is as it was; who did what is chance."""
    shuffled = np.random.default_rng(6).permutation(LOG.item)

    said = trained(terminal, Log(LOG.user, shuffled, LOG.at_us, LOG.kind))

    assert said.code == 3, said.err
    run = said.document
    assert (run["status"], run["code"]) == ("refused", "gate_refused")
    assert findings(run) == {}
    gate = next(step["result"] for step in run["steps"] if step["name"] == "gate")
    for slot in ("similar", "for_you"):
        assert "not better than popularity beyond doubt" in gate[slot]["sentence"]
        assert gate[slot]["figures"]["gain_over_popularity_low"] <= 0
    assert terminal.run("models", "list", "--tenant", "shop", "--json").document["current"] is None
