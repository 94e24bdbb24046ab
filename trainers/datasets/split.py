"""
Split in time: what a model may learn from, and what it must foretell. Pure.

The test period is the newest: the last day where enough users can be tested on it, else the newest
share of the events. Equal times fall on the same side, so that nothing of the future leaks.
"""

from dataclasses import dataclass

import numpy as np

from .interactions import US_PER_DAY, Interactions

ENOUGH_USERS = 500
"""Test users with a past, from which on one day is judged to be enough."""


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
    last_day = split_at(interactions, int(interactions.at_us[-1]) + 1 - US_PER_DAY)
    if len(np.intersect1d(last_day.train.actor, last_day.test.actor)) >= ENOUGH_USERS:
        return last_day
    at = int(len(interactions) * (1 - test_share))
    return split_at(interactions, int(interactions.at_us[min(at, len(interactions) - 1)]))


def split_at(interactions: Interactions, at_us: int) -> Split:
    cut = int(np.searchsorted(interactions.at_us, at_us, side="left"))
    return Split(interactions.where(slice(0, cut)), interactions.where(slice(cut, None)), at_us)
