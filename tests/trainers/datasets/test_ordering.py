"""The order of keys is numpy's stable one, with room for the positions or without."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainers.datasets.ordering import begin_of, begins, ordered_by, stable_order


@pytest.mark.parametrize("type_", [np.int32, np.int64, np.uint8])
@given(keys=st.lists(st.integers(0, 9), max_size=40))
def test_equal_keys_stay_in_the_order_in_which_they_came(type_, keys):
    keys = np.array(keys, dtype=type_)

    assert stable_order(keys).tolist() == np.argsort(keys, kind="stable").tolist()


@given(keys=st.lists(st.sampled_from([-(2**62), -1, 0, 3, 2**62]), max_size=20))
def test_keys_that_leave_no_room_for_positions_are_ordered_all_the_same(keys):
    keys = np.array(keys, dtype=np.int64)

    assert stable_order(keys).tolist() == np.argsort(keys, kind="stable").tolist()


@given(rows=st.lists(st.tuples(*[st.integers(-3, 3)] * 3), max_size=40))
def test_by_several_keys_the_last_counts_most(rows):
    keys = np.array(rows, dtype=np.int32).reshape(-1, 3).T

    assert ordered_by(*keys).tolist() == np.lexsort(keys).tolist()


def test_another_key_begins_where_it_differs_from_the_one_before():
    assert begins(np.array([3, 3, 4, 7, 7])).tolist() == [True, False, True, True, False]
    assert not len(begins(np.array([], dtype=np.int64)))


@given(keys=st.lists(st.integers(0, 5), max_size=20).map(sorted))
def test_every_key_knows_where_the_first_of_its_equals_stands(keys):
    assert begin_of(np.array(keys, dtype=np.int64)).tolist() == [keys.index(one) for one in keys]
