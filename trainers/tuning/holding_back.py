"""
The inner split: what candidates learn from, and what they are judged by. Pure.

The side that a model is tested on in the end is never looked at. Where events have times, what is
newest is held back; where they have none, a share of each user's items at random.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender_models.protocol import History, Rows
from trainers.datasets.split import ENOUGH_USERS, split_by_time
from trainers.recipes.protocol import TrainingData

SHARE = 0.2
"""Held back of each user, or of the period."""


class HeldBack(NamedTuple):
    """The data to learn from; users with a past, and what each of them did next."""

    data: TrainingData
    histories: list[History]
    relevant: list[Rows]

    def shared_out(self, count: int, rng: np.random.Generator) -> tuple["HeldBack", "HeldBack"]:
        """At most so many of the users, and as many others; half of them each where few are."""
        order = rng.permutation(len(self.histories))
        count = min(count, (len(order) + 1) // 2)
        return self._of(order[:count]), self._of(order[count : 2 * count])

    def _of(self, chosen: NDArray[np.int64]) -> "HeldBack":
        chosen = np.sort(chosen)
        histories = [self.histories[at] for at in chosen]
        return HeldBack(self.data, histories, [self.relevant[at] for at in chosen])


def hold_back(data: TrainingData, rng: np.random.Generator) -> HeldBack:
    """By time where that leaves enough users to judge by, else of each user."""
    events = data.interactions
    if len(events) and events.at_us[0] < events.at_us[-1]:
        cut = split_by_time(events, SHARE)
        learned = cut.train.matrix(data.matrix.shape)
        asked = _asked(data, learned, cut.test.matrix(data.matrix.shape))
        if len(asked.histories) >= min(ENOUGH_USERS, data.user_count // 2):
            inner = TrainingData(
                learned, data.user_count, cut.train, cut.at_us, threads=data.threads
            )
            return asked._replace(data=inner)
    is_held = newest_of_each(data, rng)
    learned, held = _part(data.matrix, ~is_held), _part(data.matrix, is_held)
    inner = TrainingData(learned, data.user_count, events, data.until_us, threads=data.threads)
    return _asked(data, learned, held)._replace(data=inner)


def newest_of_each(data: TrainingData, rng: np.random.Generator) -> NDArray[np.bool_]:
    """
    Which entries of the matrix are held back: of each actor the newest, ties by chance.

    One at least, and never the only one.
    """
    matrix = data.matrix
    counts = np.diff(matrix.indptr)
    actor = np.repeat(np.arange(matrix.shape[0]), counts)
    order = np.lexsort((rng.random(matrix.nnz), _newest_us(data), actor))
    from_end = np.repeat(counts, counts) - _rank(counts)
    take = np.where(counts >= 2, np.maximum(1, np.round(counts * SHARE)), 0)
    is_held = np.zeros(matrix.nnz, dtype=bool)
    is_held[order] = from_end <= np.repeat(take, counts)
    return is_held


def _newest_us(data: TrainingData) -> NDArray[np.int64]:
    """For each entry of the matrix the time of its newest event."""
    events, items = data.interactions, data.matrix.shape[1]
    entries = data.matrix.tocoo()
    keys = entries.row.astype(np.int64) * items + entries.col
    order = np.argsort(keys, kind="stable")
    newest = np.zeros(len(keys), dtype=np.int64)
    said = events.positive
    at = np.searchsorted(keys[order], said.actor.astype(np.int64) * items + said.item)
    inside = at < len(keys)
    np.maximum.at(newest, order[at[inside]], said.at_us[inside])
    return newest


def _rank(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, 2 … within each actor."""
    starts = np.cumsum(counts) - counts
    ranks: NDArray[np.int64] = np.arange(counts.sum()) - np.repeat(starts, counts)
    return ranks


def _part(matrix: sparse.csr_matrix, chosen: NDArray[np.bool_]) -> sparse.csr_matrix:
    entries = matrix.tocoo()
    places = entries.row[chosen], entries.col[chosen]
    return sparse.csr_matrix((entries.data[chosen], places), shape=matrix.shape)


def _asked(data: TrainingData, learned: sparse.csr_matrix, held: sparse.csr_matrix) -> HeldBack:
    histories, relevant = [], []
    for user in range(data.user_count or learned.shape[0]):
        past, future = _row(learned, user), _row(held, user)
        new = np.setdiff1d(future.indices, past.indices).astype(np.int32)
        if past.nnz and len(new):
            rows = past.indices.astype(np.int32)
            history = History(
                rows=rows,
                weights=past.data.astype(np.float32),
                stored_row=user,
                is_newer=False,
                excluded=rows,
            )
            histories.append(history)
            relevant.append(new)
    return HeldBack(data, histories, relevant)


class _Row(NamedTuple):
    """One row of a sparse matrix."""

    indices: NDArray[np.int32]
    data: NDArray[np.float32]

    @property
    def nnz(self) -> int:
        return len(self.indices)


def _row(matrix: sparse.csr_matrix, row: int) -> _Row:
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return _Row(matrix.indices[part], matrix.data[part])
