"""A bucket of tokens lets through its rate, and what costs more than it holds, in its time."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_api.access.quotas.bucket import BURST_S, Bucket


def test_a_full_bucket_gives_what_it_holds_and_then_its_rate():
    bucket = Bucket(10.0, 0.0)

    assert [bucket.take(1, 0.0) for _ in range(int(10 * BURST_S))] == [0.0] * int(10 * BURST_S)
    assert bucket.take(1, 0.0) == pytest.approx(0.1)
    assert bucket.take(1, 0.1) == 0.0


def test_what_costs_more_than_the_bucket_holds_is_let_through_when_it_is_full_and_paid_for():
    bucket = Bucket(10.0, 0.0)

    assert bucket.take(1_000, 0.0) == 0.0
    assert bucket.take(1, 0.0) == pytest.approx((1_000 - 10 * BURST_S + 1) / 10)
    assert bucket.take(1, 200.0) == 0.0


def test_who_waits_as_long_as_told_is_let_through():
    bucket = Bucket(3.0, 0.0)
    while not (wait_s := bucket.take(5, 0.0)):
        pass

    assert bucket.take(5, wait_s + 1e-9) == 0.0


def test_an_empty_rate_gives_nothing_ever():
    assert Bucket(0.0, 0.0).take(1, 1e9) == math.inf
    assert Bucket(0.0, 0.0).wait_s(1e9) == math.inf


def test_a_lower_rate_takes_away_what_was_kept_and_forgives_no_debt():
    bucket = Bucket(100.0, 0.0)
    bucket.set_rate(1.0, 0.0)

    assert bucket.level == BURST_S
    bucket.take(50, 0.0)
    bucket.set_rate(100.0, 0.0)
    assert bucket.level == BURST_S - 50


@given(
    rate=st.floats(0.1, 1e4),
    gaps=st.lists(st.floats(0, 2), min_size=1, max_size=200),
    cost=st.integers(1, 20),
)
def test_no_more_is_let_through_than_the_rate_what_was_kept_and_one_cost(rate, gaps, cost):
    bucket, now_s, taken = Bucket(rate, 0.0), 0.0, 0
    for gap_s in gaps:
        now_s += gap_s
        taken += cost if bucket.take(cost, now_s) == 0.0 else 0

    assert taken <= rate * (now_s + BURST_S) + cost + 1e-6
