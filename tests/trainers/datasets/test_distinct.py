"""Different numbers, as `np.unique` has them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trainers.datasets.distinct import distinct_keys, distinct_rows


@given(st.lists(st.integers(-(2**62), 2**62)))
def test_keys_come_once_each_and_ascending(numbers):
    keys = np.array(numbers, dtype=np.int64)

    assert distinct_keys(keys).tolist() == sorted(set(numbers))


@given(st.lists(st.integers(0, 2_000)))
def test_rows_come_once_each_and_ascending(numbers):
    rows = np.array(numbers, dtype=np.int32)

    assert distinct_rows(rows).tolist() == sorted(set(numbers))
    assert distinct_rows(rows).dtype == np.int32
