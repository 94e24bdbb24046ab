"""
What all workers together have left of a quota, as one of them reckons it; pure, see decision 0033.

Counted in seconds of the quota. What others let in is heard a second late and never lost, so that
all come to the same, and a part that one worker cannot use is lent to those that are asked.
"""

from collections.abc import Mapping

MOST_S, LEAST_S = 2.5, -4.0
"""Beside what buckets hold; what is owed beyond it is forgiven."""
LENT_WITHIN_S, REPAID_WITHIN_S = 1.25, 4.0
"""Slower than notes come around: otherwise all would lend the same twice."""
SLOWEST = 0.1
"""Of its part, what a worker goes on with where too much was let in."""


class Pool:
    """Begins full."""

    def __init__(self) -> None:
        self._left_s = MOST_S
        self._at_s: float | None = None
        self._own = 0.0
        self._told: Mapping[str, float] = {}

    def hear(self, quota: float, now_s: float, own: float, told: Mapping[str, float]) -> float:
        """
        How fast this worker's bucket fills: so many times its part.

        Args:
            quota: of all workers together, a second.
            now_s: the time of this worker's clock.
            own: what this worker has let in since it began.
            told: worker → the same, as each other worker told it last.
        """
        used, told_now = own - self._own, {}
        for worker, spent in told.items():
            before = self._told.get(worker, spent)
            used += max(0.0, spent - before)
            told_now[worker] = max(spent, before)  # who says nothing has let in no more
        elapsed_s = 0.0 if self._at_s is None else now_s - self._at_s
        left_s = self._left_s + elapsed_s - (used / quota if quota else 0.0)
        self._left_s = left_s = max(LEAST_S, min(MOST_S, left_s))
        self._at_s, self._own, self._told = now_s, own, told_now
        if not told:
            return 1.0
        within_s = LENT_WITHIN_S if left_s > 0 else REPAID_WITHIN_S
        return max(SLOWEST, 1.0 + left_s / within_s)
