"""
What belongs together because one person did it at one time: sessions, and baskets of purchases.

Pure. Both are given as a number an event.
"""

import numpy as np
from numpy.typing import NDArray

from recommender_models.seen import KIND_BITS

from .distinct import distinct_keys
from .interactions import US_PER_DAY, Interactions
from .ordering import begins, stable_order

SESSION_GAP_US = 30 * 60 * 1_000_000
"""A pause of half an hour ends a session where events name none."""
SESSION_LENGTH_LIMIT = 500
"""A longer session is a script, not a person."""


def sessions(said: Interactions) -> NDArray[np.int64]:
    """A number a session: the one that events name, else a stretch of one actor without a pause."""
    named_by = (
        said.actor.astype(np.int64) * (int(said.session.max(initial=0)) + 2) + said.session + 1
    )
    order = stable_order(named_by)
    named, at_us = said.session[order], said.at_us[order]
    starts = begins(named_by[order])
    starts[1:] |= (named[1:] < 0) & (np.diff(at_us) > SESSION_GAP_US)
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = np.cumsum(starts) - 1
    return numbers


def purchases(interactions: Interactions) -> Interactions:
    """What was bought, whatever a purchase weighs."""
    return interactions.where((interactions.kind & KIND_BITS["purchase"]) != 0)


def baskets(bought: Interactions) -> NDArray[np.int64]:
    """A number a basket: one actor's purchases of a named session, else of a UTC day."""
    visit = np.where(bought.session >= 0, bought.session, -1 - bought.at_us // US_PER_DAY)
    if not len(visit):
        return np.empty(0, dtype=np.int64)
    visit = visit - visit.min()
    keys = bought.actor.astype(np.int64) * (int(visit.max()) + 1) + visit
    numbers: NDArray[np.int64] = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    return numbers


def count_of_several(numbers: NDArray[np.int64], items: NDArray[np.int32]) -> int:
    """How many of the sessions or baskets hold at least two different items."""
    if not len(items):
        return 0
    width = int(items.max()) + 1
    pairs = distinct_keys(numbers * width + items)
    return int(np.count_nonzero(np.bincount(pairs // width) >= 2))
