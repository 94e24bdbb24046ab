"""
Split in time: what a model may learn from, and what it must foretell. Pure.

The test period is the newest: the last day where enough users can be tested on it and it is but a
small part of the log, else the newest share of the events. Equal times fall on the same side, so
that nothing of the future leaks. A split begins with a whole millisecond: live history counts in
those, and has to agree which events are newer than the model.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .distinct import distinct_rows
from .interactions import US_PER_DAY, US_PER_MS, Interactions

ENOUGH_USERS = 500
"""Test users with a past, from which on one day is judged to be enough."""

LARGEST_SHARE = 0.2
"""A last day with more of the events than this is most of a young log, not its end."""


@dataclass(frozen=True)
class Split:
    """Events before `at_us` are learned from, the others foretold."""

    train: Interactions
    test: Interactions
    at_us: int


def split_by_time(interactions: Interactions, test_share: float) -> Split:
    """
    Args:
        interactions: in order of time, not empty.
        test_share: of the events, where the last day is too thin.
    """
    last_day = split_at(interactions, _newest_ms(interactions) * US_PER_MS - US_PER_DAY)
    is_short = len(last_day.test) <= LARGEST_SHARE * len(interactions)
    if is_short and _returning(last_day) >= ENOUGH_USERS:
        return last_day
    wanted = int(len(interactions) * (1 - test_share))
    return split_at(interactions, _nearest_ms(interactions.at_us // US_PER_MS, wanted) * US_PER_MS)


def _returning(split: Split) -> int:
    """How many actors have something on both sides."""
    before, after = split.train.positive.actor, split.test.positive.actor
    return int(np.count_nonzero(np.isin(distinct_rows(after), before)))


def _newest_ms(interactions: Interactions) -> int:
    """The end of the newest event's millisecond."""
    return int(interactions.at_us[-1]) // US_PER_MS + 1


def _nearest_ms(at_ms: NDArray[np.int64], wanted: int) -> int:
    """The moment that begins nearest to that many events; not the first where there is another."""
    moment = at_ms[min(wanted, len(at_ms) - 1)]
    begins = int(np.searchsorted(at_ms, moment, side="left"))
    ends = int(np.searchsorted(at_ms, moment, side="right"))
    cuts = [cut for cut in (begins, ends) if 0 < cut < len(at_ms)]
    return int(at_ms[min(cuts, key=lambda cut: abs(cut - wanted), default=0)])


def split_at(interactions: Interactions, at_us: int) -> Split:
    cut = int(np.searchsorted(interactions.at_us, at_us, side="left"))
    return Split(interactions.where(slice(0, cut)), interactions.where(slice(cut, None)), at_us)
