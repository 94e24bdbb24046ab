"""The split in time: nothing of the future is learned from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainers.datasets.made import DAY_US, HOUR_US, any_log, interactions
from trainers.datasets.split import ENOUGH_USERS, split_by_time


@given(any_log(), st.floats(0.01, 0.49))
def test_everything_learned_from_is_older_than_everything_foretold(log, share):
    split = split_by_time(log, share)

    assert len(split.train) + len(split.test) == len(log)
    assert (split.train.at_us < split.at_us).all()
    assert (split.test.at_us >= split.at_us).all()
    assert len(split.test)


@given(any_log())
def test_equal_times_fall_on_the_same_side(log):
    split = split_by_time(log, 0.3)

    assert not set(split.train.at_us.tolist()) & set(split.test.at_us.tolist())


@given(any_log())
def test_there_is_something_to_learn_from_wherever_there_are_two_moments(log):
    split = split_by_time(log, 0.05)

    assert bool(len(split.train)) == (len(np.unique(log.at_us)) > 1)


def test_a_split_begins_with_a_whole_millisecond_and_does_not_divide_one():
    log = interactions(*((n % 7, n % 5, n * 333) for n in range(1_000)))

    split = split_by_time(log, 0.05)

    assert split.at_us % 1_000 == 0
    assert split.test.at_us[0] // 1_000 > split.train.at_us[-1] // 1_000


def test_the_newest_share_of_the_events_is_foretold():
    log = interactions(*((n % 7, n % 5, n * HOUR_US) for n in range(1_000)))

    split = split_by_time(log, 0.05)

    assert len(split.test) == 50
    assert split.at_us == 950 * HOUR_US


@pytest.mark.parametrize(("at", "expected"), [(94, 94), (96, 97), (97, 97)])
def test_a_moment_of_many_events_goes_to_the_side_that_is_nearer(at, expected):
    """Events 94 to 96 happen at once; the cut falls before or after them all."""
    times = [94 if 94 <= n <= 96 else n for n in range(100)]
    log = interactions(*((0, 0, time * HOUR_US) for time in times))

    assert len(split_by_time(log, 1 - at / 100 - 1e-9).train) == expected


def returning(users: int, per_user: int = 12) -> list[tuple[int, int, int]]:
    """Users who come every day at noon, twelve days long."""
    return [
        (user, user % 5, day * DAY_US + DAY_US // 2 + user * 1_000)
        for day in range(per_user)
        for user in range(users)
    ]


def test_the_last_day_is_foretold_where_enough_users_come_back_on_it():
    split = split_by_time(interactions(*returning(ENOUGH_USERS)), 0.3)

    assert len(split.test) == ENOUGH_USERS
    assert split.at_us == int(split.test.at_us[-1]) // 1_000 * 1_000 + 1_000 - DAY_US


def test_a_thin_last_day_gives_way_to_the_share():
    split = split_by_time(interactions(*returning(ENOUGH_USERS - 1)), 0.3)

    assert len(split.test) == pytest.approx(0.3 * 12 * (ENOUGH_USERS - 1), abs=1)


def test_a_last_day_that_is_most_of_the_log_gives_way_to_the_share():
    split = split_by_time(interactions(*returning(ENOUGH_USERS, per_user=2)), 0.1)

    assert len(split.test) == ENOUGH_USERS * 2 * 0.1


@pytest.mark.parametrize("count", [1, 5])
def test_a_log_of_a_single_moment_leaves_nothing_to_learn_from(count):
    split = split_by_time(interactions(*[(0, n, 7) for n in range(count)]), 0.05)

    assert (len(split.train), len(split.test)) == (0, count)
