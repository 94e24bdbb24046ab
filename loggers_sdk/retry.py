"""
When to try again, and when to stop: arithmetic only, with no clock and no randomness of its own.

Full jitter under a growing ceiling ("Exponential Backoff and Jitter", AWS Architecture Blog,
2015): clients that failed together do not come back together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

RETRY_AFTER_LIMIT_S = 3600.0
"""A server that asks for more is asked again after an hour: the figure may be a mistake."""

_GROWTH = 1.5
"""Slower than doubling: after an outage of seconds the next try is not half a minute away."""
_GROWTH_STEPS_LIMIT = 60
"""The bound would be centuries by then: enough for any ceiling, and no overflow."""


@dataclass(frozen=True)
class RetryPolicy:
    """
    Delays are drawn from 0 up to a bound that grows from ``first_s`` to ``ceiling_s``.

    Events in memory only are given up after ``budget_s`` of failures; spooled ones never are.
    """

    first_s: float = 0.5
    ceiling_s: float = 30.0
    budget_s: float = 600.0

    def delay_s(self, failures: int, draw: float) -> float:
        """Delay after the n-th failure in a row (n from 1), with ``draw`` from [0, 1)."""
        bound_s = self.first_s * _GROWTH ** min(failures - 1, _GROWTH_STEPS_LIMIT)
        return draw * min(self.ceiling_s, bound_s)


class Backoff:
    """The failures in a row so far, and when the next try is due; times are passed in."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self.succeed()

    def succeed(self) -> None:
        """An answer came: begin again with the shortest delay and the whole budget."""
        self._failures = 0
        self._failing_since_s = math.inf
        self._asked_until_s = -math.inf
        self.next_try_at_s = -math.inf

    def fail(self, now_s: float, retry_after_s: float, draw: float) -> None:
        self._failures += 1
        self._failing_since_s = min(self._failing_since_s, now_s)
        self._asked_until_s = now_s + retry_after_s
        delay_s = self._policy.delay_s(self._failures, draw)
        self.next_try_at_s = now_s + max(delay_s, retry_after_s)

    def try_once_more(self) -> None:
        """Make the next try due now, or when the server asked to be tried again."""
        self._failures = 0
        self.next_try_at_s = min(self.next_try_at_s, self._asked_until_s)

    def spend(self, now_s: float) -> bool:
        """Whether the budget is used up by now; if so the next one begins."""
        if now_s - self._failing_since_s <= self._policy.budget_s:
            return False
        self._failing_since_s = now_s
        return True


def is_retryable(status: int) -> bool:
    """408, 429 and 5xx may pass; no other 4xx ever will, whatever its body says."""
    return status in (408, 429) or status >= 500


def read_retry_after(text: str | None, now_s: float) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date, as seconds from ``now_s`` (epoch)."""
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = _seconds_until(text, now_s)
    return min(seconds, RETRY_AFTER_LIMIT_S) if seconds > 0 else None


def _seconds_until(http_date: str, now_s: float) -> float:
    try:
        return parsedate_to_datetime(http_date).timestamp() - now_s
    except (TypeError, ValueError, OverflowError):
        return 0.0
