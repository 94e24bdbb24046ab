"""
A bucket of tokens: what one worker may let through of one kind, so many a second.

Arithmetic only; times are passed in. What costs more than the bucket ever holds is let through
when it is full, and paid for afterwards, so that a large batch under a small quota waits and is
never refused for good.
"""

import math

BURST_S = 4.0
"""What was not used is kept for so long; over a minute that is 7 % of a quota."""


class Bucket:
    """Begins full, with an even part of a quota."""

    __slots__ = ("_at_s", "_level", "_most", "asked", "quota", "rate")

    def __init__(self, quota: float, now_s: float, workers: int = 1) -> None:
        self.quota = quota
        """Of all workers."""
        self.rate = rate = quota / workers
        """Of this one."""
        self.asked = 0.0
        """What was asked for since somebody set this to 0, let through or not."""
        self._most = rate * BURST_S
        self._level = self._most
        self._at_s = now_s

    def set_rate(self, rate: float, now_s: float) -> None:
        """From now on; what is owed stays owed."""
        self._fill(now_s)
        self.rate, self._most = rate, rate * BURST_S
        self._level = min(self._level, self._most)

    def take(self, cost: float, now_s: float) -> float:
        """Take so many tokens and return 0; or take none and return the seconds until they may."""
        self.asked += cost
        rate, most = self.rate, self._most
        level = self._level + (now_s - self._at_s) * rate
        level = min(level, most)
        self._at_s = now_s
        wanted = min(most, cost)
        if level >= wanted and rate:
            self._level = level - cost
            return 0.0
        self._level = level
        return (wanted - level) / rate if rate else math.inf

    def owe(self, cost: float) -> None:
        """Take so many on top of what was taken, there or not; who comes next waits for them."""
        self.asked += cost
        self._level -= cost

    def wait_s(self, now_s: float) -> float:
        """The seconds until at least one may be taken; takes none."""
        self._fill(now_s)
        wanted = min(1.0, self._most)
        if not self.rate:
            return math.inf
        return max(0.0, (wanted - self._level) / self.rate)

    @property
    def level(self) -> float:
        """What could be taken when it was last looked at; below 0 where some is owed."""
        return self._level

    def _fill(self, now_s: float) -> None:
        self._level = min(self._most, self._level + (now_s - self._at_s) * self.rate)
        self._at_s = now_s
