"""
A bucket of tokens: what one worker may let through of one kind, so many a second.

Arithmetic only; times are passed in. What costs more than there is is let through as soon as
nothing is owed, and paid for afterwards: a large batch waits no longer than a small one, and
whether it may come in is known before it is read.
"""

import math
import random

BURST_S = 4.0
"""What was not used is kept for so long; over a minute that is 7 % of a quota."""
LEAST_KEPT = 2.0
"""Kept by each of several workers, whose part of a burst may be less than one request."""


class Bucket:
    """Begins full, with an even part of a quota."""

    __slots__ = (
        "_at_s",
        "_due",
        "_is_shared",
        "_level",
        "_most",
        "_speed",
        "_taken",
        "asked",
        "quota",
        "rate",
    )

    def __init__(self, quota: float, now_s: float, workers: int = 1) -> None:
        self.quota = quota
        """Of all workers."""
        self.asked = 0.0
        """What was asked for since somebody set this to 0, let through or not."""
        self._taken = 0.0
        self._level = math.inf
        self._at_s = now_s
        self._speed = 0.0
        self._due = 1.0
        self._is_shared = False
        self.set_rate(quota / workers, now_s, workers)

    def set_rate(self, rate: float, now_s: float, workers: int = 1, lent: float = 1.0) -> None:
        """
        From now on; what is owed stays owed.

        Args:
            rate: this worker's part of the quota.
            now_s: the time.
            workers: how many share the quota.
            lent: how many times its part the bucket is filled with.
        """
        if self._speed:
            self._fill(now_s)
        self.rate = rate
        self._speed = rate * lent
        self._most = rate * BURST_S if workers == 1 else max(LEAST_KEPT, rate * BURST_S)
        self._level = min(self._level, self._most)
        self._at_s = now_s
        if workers == 1:
            self._due, self._is_shared = min(1.0, self._most), False
        elif not self._is_shared:
            self._due, self._is_shared = _drawn(), True

    def take(self, cost: float, now_s: float) -> float:
        """Take so many tokens and return 0; or take none and return the seconds until they may."""
        self.asked += cost
        level = min(self._level + (now_s - self._at_s) * self._speed, self._most)
        self._at_s = now_s
        if level >= self._due and self.rate:
            self._level = level - cost
            self._taken += cost
            if self._is_shared:
                self._due = _drawn()
            return 0.0
        self._level = level
        return self._wait_s()

    def owe(self, cost: float) -> None:
        """Take so many on top of what was taken, there or not; who comes next waits for them."""
        self.asked += cost
        self._taken += cost
        self._level -= cost

    def wait_s(self, now_s: float) -> float:
        """The seconds until anything may be taken; takes none."""
        self._fill(now_s)
        return max(0.0, self._wait_s())

    @property
    def level(self) -> float:
        """What could be taken when it was last looked at; below 0 where some is owed."""
        return self._level

    def spent(self, now_s: float) -> float:
        """What was ever taken and paid for: what a batch owes counts when it is paid."""
        self._fill(now_s)
        return self._taken + min(0.0, self._level + 1.0)

    def _wait_s(self) -> float:
        return (self._due - self._level) / self.rate if self.rate else math.inf

    def _fill(self, now_s: float) -> None:
        self._level = min(self._most, self._level + (now_s - self._at_s) * self._speed)
        self._at_s = now_s


def _drawn() -> float:
    """
    How much of a token lets the next one in. Drawn, so that of many workers that have a tenth of
    one each, one in ten answers, and not all of them at the same moment later.
    """
    return random.random()  # noqa: S311 - chance, not a secret
