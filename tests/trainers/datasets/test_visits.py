"""Which events belong to one session, and which purchases lie in one basket."""

import numpy as np

from recommender_models.seen import KIND_BITS
from tests.trainers.datasets.made import DAY_US, HOUR_US, interactions
from trainers.datasets.visits import baskets, count_of_several, purchases, sessions

MINUTE_US = 60_000_000


def groups(numbers) -> list[list[int]]:
    return [np.flatnonzero(numbers == one).tolist() for one in np.unique(numbers)]


def test_what_one_actor_bought_on_a_day_is_a_basket():
    bought = interactions(
        (0, 1, HOUR_US), (1, 1, HOUR_US), (0, 2, 9 * HOUR_US), (0, 3, DAY_US), (1, 4, 2 * DAY_US)
    )

    assert sorted(groups(baskets(bought))) == [[0, 2], [1], [3], [4]]


def test_a_named_session_is_a_basket_of_its_own_over_midnight():
    bought = interactions((0, 1, HOUR_US), (0, 2, 2 * HOUR_US), (0, 3, DAY_US), session=[7, -1, 7])

    assert sorted(groups(baskets(bought))) == [[0, 2], [1]]


def test_two_actors_never_share_a_basket():
    bought = interactions((0, 1, 0), (1, 2, 0), session=7)

    assert len(set(baskets(bought).tolist())) == 2


def test_only_purchases_are_bought():
    kinds = [KIND_BITS["view"], KIND_BITS["purchase"], KIND_BITS["cart"]]
    log = interactions((0, 1, 0), (0, 2, 1), (0, 3, 2), kind=kinds)

    assert purchases(log).item.tolist() == [2]


def test_a_basket_with_one_item_twice_is_not_one_of_several():
    items = np.array([1, 1, 2, 3], dtype=np.int32)

    assert count_of_several(np.array([0, 0, 1, 1]), items) == 1
    assert count_of_several(np.empty(0, dtype=np.int64), items[:0]) == 0


def test_of_nothing_there_is_no_basket_and_no_session():
    assert not len(baskets(interactions()))
    assert not len(sessions(interactions()))


def test_a_pause_of_exactly_half_an_hour_ends_nothing():
    log = interactions((0, 1, 0), (0, 2, 30 * MINUTE_US), (0, 3, 60 * MINUTE_US + 1))

    assert groups(sessions(log)) == [[0, 1], [2]]
