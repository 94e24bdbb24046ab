"""Drift of logs whose change is known."""

import numpy as np
import pytest

from tests.trainers.datasets.made import DAY_US, HOUR_US, interactions
from trainers.datasets.interactions import Interactions
from trainers.datasets.split import split_at
from trainers.evaluation.drift import THRESHOLDS, Surroundings, drift

NOTHING_NEW = Surroundings(new_items=0, known_items=50, age_days=1.0)
USERS, ITEMS = 60, 50
DAYS, AFTER = 40, 8


def steady(days: int = DAYS, a_day: int = 600, seed: int = 1) -> list[tuple[int, int, int]]:
    """The same people, items and hours every day; the first items are the popular ones."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, ITEMS + 1)
    return [
        (int(rng.integers(USERS)), int(item), day * DAY_US + at * DAY_US // a_day)
        for day in range(days)
        for at, item in enumerate(rng.choice(ITEMS, a_day, p=shares / shares.sum()))
    ]


def told(log: Interactions, beside: Surroundings = NOTHING_NEW, after: int = AFTER):
    figures = drift(split_at(log, (DAYS - after) * DAY_US), USERS, beside)
    return {one.name: one for one in figures}


def changed(rows, change, after=AFTER):
    """The rows with those of the last days changed."""
    return [change(*row) if row[2] >= (DAYS - after) * DAY_US else row for row in rows]


def findings(figures) -> set[str]:
    return {name for name, one in figures.items() if one.is_finding}


def test_a_steady_log_does_not_drift():
    figures = told(interactions(*steady()))

    assert set(figures) == set(THRESHOLDS)
    assert not findings(figures)
    assert figures["unknown_item_share"].value == 0
    assert figures["kind_psi"].value == 0
    assert figures["item_popularity_jsd"].excess == pytest.approx(0, abs=0.005)
    assert figures["volume_change"].value == pytest.approx(0, abs=0.01)


def test_new_items_are_drift():
    rows = changed(steady(), lambda user, item, at: (user, item + ITEMS, at))

    figures = told(interactions(*rows))

    assert findings(figures) == {"unknown_item_share", "item_popularity_jsd"}
    assert figures["unknown_item_share"].value == 1
    assert figures["item_popularity_jsd"].value > 0.9


def test_what_was_always_so_is_none():
    """Every day has items of its own, as news have."""
    rows = [(user, item + at // DAY_US * ITEMS, at) for user, item, at in steady()]

    figures = told(interactions(*rows))

    assert figures["unknown_item_share"].value == 1
    assert figures["unknown_item_share"].usual == pytest.approx(1, abs=0.01)
    assert "is usual" in figures["unknown_item_share"].sentence
    assert not findings(figures)


def test_strangers_are_drift_and_sessions_without_users_are_not_asked_for():
    strangers = changed(steady(), lambda user, item, at: (user + USERS, item, at))
    named = {one.name: one for one in _of_users(strangers, 2 * USERS)}
    nameless = told(interactions(*strangers))

    assert named["unknown_user_share"].value == 1
    assert findings(named) == {"unknown_user_share"}
    assert named["unknown_user_share"].advice == "look at the logger"
    assert "unknown_user_share" not in nameless


def _of_users(rows, user_count):
    return drift(split_at(interactions(*rows), (DAYS - AFTER) * DAY_US), user_count, NOTHING_NEW)


def test_a_kind_that_stops_is_drift():
    rows = steady()
    kinds = [
        2 if at % 4 == 0 and row[2] < (DAYS - AFTER) * DAY_US else 1 for at, row in enumerate(rows)
    ]

    figures = told(interactions(*rows, kind=kinds))

    assert findings(figures) == {"kind_psi"}
    assert figures["kind_psi"].advice == "look at the logger"


@pytest.mark.parametrize(("one_in", "is_found"), [(1, False), (3, True)])
def test_events_that_become_few_are_drift(one_in, is_found):
    rows = [
        row
        for number, row in enumerate(steady())
        if row[2] < (DAYS - AFTER) * DAY_US or number % one_in == 0
    ]

    figures = told(interactions(*rows))

    assert ("volume_change" in findings(figures)) is is_found
    assert figures["volume_change"].value == pytest.approx(np.log2(one_in), abs=0.01)


def test_of_a_few_hours_the_events_a_day_are_not_told():
    rows = [row for row in steady() if row[2] < (DAYS - AFTER) * DAY_US + 12 * HOUR_US]

    assert "volume_change" not in told(interactions(*rows))


@pytest.mark.parametrize(
    ("beside", "found"),
    [
        (Surroundings(9, 50, 13.0), set()),
        (Surroundings(10, 50, 13.0), {"catalog_growth"}),
        (Surroundings(0, 50, 14.0), {"model_age_days"}),
    ],
)
def test_a_growing_catalog_and_age_are_findings_from_their_thresholds_on(beside, found):
    assert findings(told(interactions(*steady()), beside)) == found


def test_a_log_too_young_to_have_habits_has_none():
    figures = told(interactions(*steady()), after=DAYS - 10)

    assert figures["unknown_item_share"].usual is None
