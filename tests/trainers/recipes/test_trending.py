"""Trending: more people than an item's own past foretells, beyond chance."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from tests.trainers.datasets.made import DAY_US, interactions
from trainers.errors import ParameterInvalid
from trainers.recipes.protocol import TrainingData
from trainers.recipes.table import parameters_of
from trainers.recipes.trending import Trending, TrendingParameters, rises

ITEMS = 10
NOW = 35 * DAY_US


def days(item: int, people: dict[range, int], start: int = 0) -> list[tuple[int, int, int]]:
    """On each day of a range so many people, each a new one."""
    rows = []
    for period, count in people.items():
        for day in period:
            for _ in range(count):
                rows.append((start + 1000 * item + len(rows), item, day * DAY_US))
    return rows


def steady(items=range(1, ITEMS), count: int = 5) -> list[tuple[int, int, int]]:
    return [row for item in items for row in days(item, {range(35): count})]


def ranked(rows, **given) -> list[int]:
    rows = sorted(rows, key=lambda row: row[2])
    said = interactions(*rows)
    data = TrainingData(sparse.csr_matrix((1, ITEMS), dtype=np.float32), 1, said, NOW)
    return fit(data, **given)


def fit(data: TrainingData, **given) -> list[int]:
    rng = np.random.default_rng(0)
    ranking = Trending().fit(data, TrendingParameters(**given), lambda *_: None, rng)
    return ranking.top(99).rows.tolist()


PAST, RECENT = range(28), range(28, 35)


def test_what_rises_against_its_own_past_is_trending_and_what_is_always_popular_is_not():
    rows = steady([1], count=40) + steady([2, 3, 4]) + days(0, {PAST: 2, RECENT: 8})

    assert ranked(rows) == [0]


def test_a_new_item_that_many_come_to_is_trending():
    assert ranked(steady() + days(0, {RECENT: 5})) == [0]


def test_a_busy_week_of_the_whole_log_makes_no_trend():
    rows = [row for item in range(ITEMS) for row in days(item, {PAST: 3, RECENT: 12})]

    assert ranked(rows) == []


def test_one_person_who_comes_all_the_time_is_no_trend():
    assert ranked(steady() + [(9_999, 0, day * DAY_US) for day in RECENT] * 30) == []


def test_fewer_people_than_asked_for_are_no_trend():
    rows = steady() + days(0, {range(34, 35): 9})

    assert ranked(rows, minimum_people=9) == [0]
    assert ranked(rows, minimum_people=10) == []


def test_the_steepest_rise_comes_first_and_equals_in_order_of_their_rows():
    rows = steady(range(4, ITEMS), count=30)
    rows += days(1, {PAST: 2, RECENT: 9}, 50_000) + days(2, {PAST: 2, RECENT: 20}, 60_000)
    rows += days(3, {PAST: 2, RECENT: 9}, 70_000)

    assert ranked(rows) == [2, 1, 3]


def test_chance_alone_makes_hardly_anything_trending():
    rng = np.random.default_rng(7)
    then, now = rng.poisson(40, size=20_000), rng.poisson(10, size=20_000)

    assert np.mean(rises(now, then) >= 3) < 0.005


def test_events_that_speak_against_an_item_make_no_trend():
    rows = sorted(steady() + days(0, {RECENT: 8}), key=lambda row: row[2])
    said = interactions(*rows)
    data = TrainingData(sparse.csr_matrix((1, ITEMS), dtype=np.float32), 1, said, NOW)
    against = replace(said, weight=np.where(said.item == 0, 0, 1).astype(np.float32))

    assert fit(data) == [0]
    assert fit(replace(data, interactions=against)) == []


def test_a_log_that_has_no_past_has_no_trend():
    assert ranked(days(0, {RECENT: 50})) == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"recent_days": 0}, "recent_days .* 0.25"),
        ({"past_days": 366}, "past_days .* 365"),
        ({"minimum_people": 0}, "minimum_people .* 1"),
        ({"minimum_rise": 0}, "minimum_rise .* 0"),
    ],
)
def test_a_parameter_out_of_its_range_is_named_with_the_range(given, says):
    with pytest.raises(ParameterInvalid, match=says):
        parameters_of("trending", given)
