"""The search for the last of numbered records: right from any hint, in few reads."""

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_store.objects.head import find_head


class Numbers:
    """Records 1 to `last`, which counts how often it is read."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.reads = 0

    def __call__(self, number: int) -> bytes | None:
        assert number > 0
        self.reads += 1
        return str(number).encode() if number <= self.last else None


@given(last=st.integers(1, 10**7), hint=st.integers(0, 2 * 10**7))
def test_the_last_record_is_found_from_any_hint(last: int, hint: int) -> None:
    numbers = Numbers(last)

    assert find_head(numbers, hint) == (last, str(last).encode())
    assert numbers.reads <= 2 * log2(last) + 4


@pytest.mark.parametrize("hint", [0, 1, 1000])
def test_where_nothing_was_written_nothing_is_found(hint: int) -> None:
    assert find_head(Numbers(0), hint) is None


def test_a_hint_that_is_still_the_last_costs_two_reads() -> None:
    numbers = Numbers(123_456)

    find_head(numbers, 123_456)

    assert numbers.reads == 2
