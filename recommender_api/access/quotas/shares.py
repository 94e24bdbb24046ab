"""
How a quota is dealt out to workers by what each is asked for. Pure; see decision 0033.

All who compute with the same figures come to shares that sum to the quota: nobody has to be told.
"""

from collections.abc import Sequence

KEPT_FOR_NEWCOMERS = 0.05
"""Of a quota, dealt out evenly: a worker that nobody has asked yet can answer the first."""
NEWEST_COUNTS = 0.25
"""What the last second says of the demand; the seconds before say the rest."""


def share(quota: float, mine: float, others: Sequence[float]) -> float:
    """
    Of a quota a second, one worker's part.

    Where all demands fit, each gets its own and an even part of what is left; where they do not,
    each gets the same fraction of what it is asked for: nobody fares better by whom he asks.

    Args:
        quota: of all workers together.
        mine: what this worker is asked for, a second.
        others: the same of every other worker.
    """
    workers = len(others) + 1
    reserved = quota * KEPT_FOR_NEWCOMERS
    dealt, demand = quota - reserved, mine + sum(others)
    if demand <= dealt:
        return reserved / workers + mine + (dealt - demand) / workers
    return reserved / workers + dealt * mine / demand


def smoothed(before: float, asked: float, elapsed_s: float) -> float:
    """The demand a second, from what it was and what was asked for since."""
    if elapsed_s <= 0:
        return before
    return before + NEWEST_COUNTS * (asked / elapsed_s - before)
