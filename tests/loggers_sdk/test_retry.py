import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loggers_sdk.retry import Backoff, RetryPolicy, is_retryable, read_retry_after

NOW_S = 1_800_000_000.0


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_delay_lies_between_nothing_and_the_ceiling(failures: int, draw: float) -> None:
    assert 0 <= RetryPolicy(0.5, 30.0).delay_s(failures, draw) < 30.0


def test_the_bound_of_delays_grows_up_to_the_ceiling() -> None:
    bounds = [RetryPolicy(1.0, 4.0).delay_s(failures, 1.0) for failures in range(1, 7)]

    assert bounds == [1.0, 1.5, 2.25, 3.375, 4.0, 4.0]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert is_retryable(status)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 422, 451])
def test_what_will_not_pass_is_not(status: int) -> None:
    assert not is_retryable(status)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120", 120.0),
        ("1.5", 1.5),
        ("1e9", 3600.0),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", None),
        ("-5", None),
        ("nan", None),
        ("soon", None),
        ("Fri, 99 Jan 2027 08:00:30 GMT", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    text: str | None, expected: float | None
) -> None:
    assert read_retry_after(text, NOW_S) == expected


@given(st.text())
def test_no_retry_after_makes_reading_it_raise(text: str) -> None:
    read_retry_after(text, NOW_S)


def test_what_the_server_asked_for_is_a_minimum() -> None:
    backoff = Backoff(RetryPolicy(1.0, 10.0))

    backoff.fail(now_s=100.0, retry_after_s=7.0, draw=0.5)
    asked = backoff.next_try_at_s
    backoff.fail(now_s=110.0, retry_after_s=0.1, draw=1.0)

    assert (asked, backoff.next_try_at_s) == (107.0, 111.5)


def test_one_more_try_comes_at_once_but_not_before_the_server_asked_for_it() -> None:
    backoff = Backoff(RetryPolicy(100.0, 100.0))
    backoff.fail(now_s=0.0, retry_after_s=5.0, draw=1.0)

    backoff.try_once_more()

    assert backoff.next_try_at_s == 5.0


def test_a_success_makes_the_next_failure_the_first() -> None:
    backoff = Backoff(RetryPolicy(1.0, 10.0))
    for _ in range(5):
        backoff.fail(0.0, 0.0, 1.0)

    backoff.succeed()

    assert backoff.next_try_at_s == -math.inf
    backoff.fail(0.0, 0.0, 1.0)
    assert backoff.next_try_at_s == 1.0


def test_a_budget_is_spent_once_and_then_begins_again() -> None:
    backoff = Backoff(RetryPolicy(budget_s=10.0))
    before = backoff.spend(99.0)
    backoff.fail(100.0, 0.0, 1.0)
    spent = [backoff.spend(now_s) for now_s in (105.0, 111.0, 112.0, 122.0)]

    assert before is False
    assert spent == [False, True, False, True]
