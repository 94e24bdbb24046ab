"""What is held out as papers do it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainers.datasets.held_out import at_random, last_out, newest

LOGS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(0, 9)), min_size=1, max_size=40
)


def columns(events):
    user, item, at = zip(*events, strict=True)
    return np.array(user, np.int32), np.array(item, np.int32), np.array(at, dtype=float)


def pairs(user, item, chosen):
    return set(zip(user[chosen].tolist(), item[chosen].tolist(), strict=True))


def test_the_last_item_of_each_user_is_held_out_with_all_its_events():
    user, item, at = columns([(0, 5, 1), (0, 6, 2), (0, 5, 3), (1, 2, 9), (1, 3, 8), (2, 4, 1)])

    assert np.flatnonzero(last_out(user, item, at)).tolist() == [0, 2, 3]


@given(LOGS)
def test_one_item_of_each_user_with_several_is_held_out_and_the_newest(events):
    user, item, at = columns(events)

    held = pairs(user, item, last_out(user, item, at))

    several = {one for one in set(user.tolist()) if len(set(item[user == one].tolist())) > 1}
    assert sorted(one for one, _ in held) == sorted(several)
    for one, thing in held:
        assert at[(user == one) & (item == thing)].max() == at[user == one].max()


@given(LOGS, st.floats(0.05, 0.95), st.integers(0, 3))
def test_no_pair_is_on_both_sides_and_no_user_is_held_out_altogether(events, share, seed):
    user, item, _ = columns(events)

    held = at_random(user, item, share, np.random.default_rng(seed))

    assert not pairs(user, item, held) & pairs(user, item, ~held)
    assert set(user.tolist()) == set(user[~held].tolist())


def test_a_share_of_each_user_s_items_is_held_out_and_the_same_for_a_seed():
    user, item = np.repeat(np.arange(30, dtype=np.int32), 10), np.tile(np.arange(10), 30)

    one, again, other = (
        at_random(user, item.astype(np.int32), 0.3, np.random.default_rng(seed))
        for seed in (1, 1, 2)
    )

    assert np.bincount(user[one]).tolist() == [3] * 30
    assert one.tolist() == again.tolist() != other.tolist()
    assert len(set(item[one].tolist())) == 10, "not the same items of everybody"


@pytest.mark.parametrize(("share", "first"), [(0.2, 8), (0.5, 4), (0.05, 8)])
def test_equal_times_are_held_out_together(share, first):
    at = np.array([0, 1, 2, 3, 4, 4, 6, 7, 8, 8], dtype=float)

    assert at[newest(at, share)].min() == first
