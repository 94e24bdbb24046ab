"""Popularity: people, not events, and the recent ones more."""

import numpy as np
import pytest

from tests.trainers.datasets.made import DAY_US, interactions
from trainers.recipes.popularity import rank_by_popularity

NOW = 30 * DAY_US


def ranked(*rows, half_life_days=10.0, window_days=None, **more):
    events = interactions(*rows, **more)
    ranking = rank_by_popularity(events, NOW, half_life_days, window_days)
    return dict(zip(*(part.tolist() for part in ranking.top(99)), strict=True))


def test_a_person_counts_once_an_item_however_often_they_come():
    rows = [(0, 5, NOW)] * 9 + [(1, 6, NOW), (2, 6, NOW)]

    assert ranked(*rows) == {6: 2.0, 5: 1.0}


def test_a_person_counts_by_the_age_of_the_last_event():
    rows = [(0, 5, 0), (1, 6, 10 * DAY_US), (0, 5, 20 * DAY_US)]

    assert ranked(*rows) == pytest.approx({5: 0.5, 6: 0.25})


def test_what_is_older_than_the_window_counts_nothing():
    rows = [(0, 5, 0), (0, 6, 10 * DAY_US), (1, 5, 20 * DAY_US), (2, 6, 20 * DAY_US - 1)]

    assert ranked(*rows, window_days=10) == pytest.approx({5: 0.5})
    assert set(ranked(*rows)) == {5, 6}


def test_what_speaks_against_an_item_does_not_make_it_popular():
    assert ranked((0, 5, NOW), (0, 6, NOW), weight=[0.0, 1.0]) == {6: 1.0}


def test_equals_stand_in_order_of_their_rows():
    ranking = rank_by_popularity(interactions(*((0, item, NOW) for item in (7, 3, 5))), NOW, 1.0)

    assert ranking.top(9).rows.tolist() == [3, 5, 7]


def test_nothing_ranks_nothing():
    assert len(rank_by_popularity(interactions(), NOW, 1.0)) == 0
    assert rank_by_popularity(interactions(), NOW, 1.0).top(1).rows.dtype == np.int32
