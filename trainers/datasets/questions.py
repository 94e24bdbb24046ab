"""
What a slot is asked in its test, and what would have been right. Pure.

User-to-item: every user with a past who did something new in the test period; right is what was
new. Item-to-item: items of a session, or of a basket, of the test period; right is the rest of it.
An item without a past is no seed (nobody has neighbours for it yet) but may well be a right answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recommender_models.ordering import is_among
from recommender_models.protocol import History, Rows

from .distinct import distinct_keys, distinct_rows
from .interactions import Interactions
from .ordering import begin_of, begins, stable_order
from .split import Split
from .visits import SESSION_LENGTH_LIMIT, baskets, purchases, sessions

SEEDS_PER_SESSION = 10


@dataclass(frozen=True)
class Questions:
    """
    Queries, the rows that would have been right, and whose question each is.

    `histories` ask user-to-item; `seeds` ask item-to-item; one of them is empty.
    """

    relevant: list[Rows]
    owner: NDArray[np.int64]
    """A user or a session; queries of one owner belong together."""
    histories: list[History]
    seeds: Rows

    def __len__(self) -> int:
        return len(self.relevant)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many rows would have been right for each query."""
        return np.array([len(rows) for rows in self.relevant], dtype=np.int64)

    @property
    def owners(self) -> int:
        return len(np.unique(self.owner))


def ask_for_you(split: Split, user_count: int, history_of: Callable[[int], History]) -> Questions:
    """`history_of` gives a user's row its history up to the split, seen items excluded."""
    said, learned = split.test.positive, split.train.positive
    known = (said.actor < user_count) & np.isin(said.actor, learned.actor)
    histories: list[History] = []
    relevant: list[Rows] = []
    owner: list[int] = []
    width = int(said.item.max(initial=0)) + 1
    pairs = distinct_keys(said.actor[known].astype(np.int64) * width + said.item[known])
    for user, different in grouped(pairs // width, (pairs % width).astype(np.int32)):
        history = history_of(user)
        new = different[~is_among(different, history.excluded)]
        if len(new):
            histories.append(history)
            relevant.append(new)
            owner.append(user)
    return Questions(
        relevant, np.array(owner, dtype=np.int64), histories, np.empty(0, dtype=np.int32)
    )


def ask_similar(split: Split, seeds: Rows | None = None) -> Questions:
    """
    Up to `SEEDS_PER_SESSION` seeds a session, in its order.

    Where people come for one thing at a time there are hardly any sessions to ask about; then all
    that somebody did in the test period stands for one, whichever gives more to ask.

    Args:
        split: of the log.
        seeds: what may be asked about; items with a past, if not given.
    """
    said = split.test.positive
    if seeds is None:
        seeds = distinct_rows(split.train.positive.item)
    by_session = _ask_groups(sessions(said), said, seeds)
    by_actor = _ask_groups(said.actor, said, seeds)
    return by_session if by_session.owners >= by_actor.owners else by_actor


def ask_bought_together(split: Split) -> Questions:
    """Given one item of a basket of the test period, the others; a seed was bought before."""
    bought = purchases(split.test)
    return _ask_groups(baskets(bought), bought, distinct_rows(purchases(split.train).item))


def _ask_groups(keys: NDArray[np.integer], said: Interactions, may_ask: Rows) -> Questions:
    at = first_times(keys, said.item)
    size = np.bincount(keys[at])[keys[at]]
    several = (size >= 2) & (size <= SESSION_LENGTH_LIMIT)
    at, size = at[several], size[several]
    owner, items = keys[at].astype(np.int64), said.item[at]
    begin, may = begin_of(owner), is_among(items, may_ask)
    before: NDArray[np.int64] = np.cumsum(may) - may
    seeds = np.flatnonzero(may & (before - before[begin] < SEEDS_PER_SESSION))
    relevant = _others(items, seeds, begin[seeds], size[seeds])
    return Questions(relevant, owner[seeds], [], items[seeds])


def first_times(keys: NDArray[np.integer], items: Rows) -> NDArray[np.int64]:
    """Where each item of a key's events first comes: key by key, in the order of the events."""
    pairs = keys.astype(np.int64) * (int(items.max(initial=0)) + 1) + items
    order = stable_order(pairs)
    first = np.sort(order[begins(pairs[order])])
    return first[stable_order(keys[first])]


def _others(
    items: Rows, seeds: NDArray[np.int64], begin: NDArray[np.int64], size: NDArray[np.int64]
) -> list[Rows]:
    """What stands beside each seed between the begin of its group and the end."""
    ends = np.cumsum(size - 1)
    at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(begin - ends + size - 1, size - 1)
    others = items[at + (at >= np.repeat(seeds, size - 1))]
    return [others[start:end] for start, end in pairwise([0, *ends.tolist()])]


def grouped(keys: NDArray[np.integer], rows: Rows) -> list[tuple[int, Rows]]:
    """The rows of each key, in their order."""
    order = stable_order(keys)
    ordered, rows = keys[order], rows[order]
    starts = np.flatnonzero(begins(ordered))
    bounds = pairwise([*starts.tolist(), len(rows)])
    return [
        (key, rows[start:end])
        for key, (start, end) in zip(ordered[starts].tolist(), bounds, strict=True)
    ]
