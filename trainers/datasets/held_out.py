"""
What is held out in the ways that papers do it, for comparison with their tables. Pure.

Never for what goes live: `split.py` alone asks what a server is asked, to foretell. What is held
out of a user are whole pairs, with all their events, so that nothing is asked that was learned; who
has a single item keeps it.
"""

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Mask = NDArray[np.bool_]


def last_out(user: Codes, item: Codes, at_s: NDArray[np.float64]) -> Mask:
    """Each user's last item (leave-one-out: He et al., WWW 2017); of equal times, what is later."""
    order = np.lexsort((np.arange(len(user)), at_s, user))
    is_newest = np.ones(len(order), dtype=bool)
    is_newest[:-1] = user[order][1:] != user[order][:-1]
    newest = order[is_newest]
    last = np.full(_size(user), -1, dtype=np.int64)
    last[user[newest]] = item[newest]
    is_last: Mask = item == last[user]
    return is_last & _of_several(user, item)


def at_random(user: Codes, item: Codes, share: float, rng: np.random.Generator) -> Mask:
    """A share of each user's items, one at the least and never all (He et al., SIGIR 2020)."""
    pairs, pair_of = _pairs(user, item)
    owners = pairs // _size(item)
    order = np.lexsort((rng.random(len(pairs)), owners))
    counts = np.bincount(owners)
    starts = np.concatenate([[0], np.cumsum(counts)])
    rank = np.empty(len(pairs), dtype=np.int64)
    rank[order] = np.arange(len(pairs)) - starts[owners[order]]
    held = np.clip(np.round(share * counts), 1, np.maximum(counts - 1, 1))
    is_held: Mask = (rank < held[owners])[pair_of]
    return is_held & _of_several(user, item)


def newest(at_s: NDArray[np.float64], share: float) -> Mask:
    """The newest share of the events, all users alike; equal times fall on one side."""
    if not len(at_s):
        return np.zeros(0, dtype=bool)
    ordered = np.sort(at_s)
    is_held: Mask = at_s >= ordered[min(int(len(ordered) * (1 - share)), len(ordered) - 1)]
    return is_held


def _of_several(user: Codes, item: Codes) -> Mask:
    """Events of users with two items or more."""
    pairs, _ = _pairs(user, item)
    counts = np.bincount(pairs // _size(item), minlength=_size(user))
    several: Mask = counts[user] >= 2
    return several


def _pairs(user: Codes, item: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different pairs, each a number, by user; and which of them each event is of."""
    keys = user.astype(np.int64) * _size(item) + item
    pairs, pair_of = np.unique(keys, return_inverse=True)
    return pairs, pair_of.astype(np.int64)


def _size(codes: Codes) -> int:
    return int(codes.max()) + 1 if len(codes) else 1
