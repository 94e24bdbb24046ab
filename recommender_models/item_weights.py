"""
Item weights: a sparse matrix [items, items] that says how much having one item speaks for another.

Any linear model ends as one: what a user did, times the weights (SLIM: Ning and Karypis, ICDM 2011;
EASE: Steck, WWW 2019; graph filters: Shen et al., CIKM 2021; random walks: Paudel et al., TiiS
2017). Each row holds its strongest entries, so an answer sums a few short rows and does not touch
the rest of the catalog. Somebody unknown is answered like anybody: a history is all that counts.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recommender_store.artifacts.arrays import map_array, save_array

from .ordering import best, is_among, picked, without
from .protocol import NOTHING, Considered, History, Ranked, Rows, Scores

SPARSE_BELOW = 0.25
"""Entries for each item of the catalog: with fewer, sorting them is cheaper than a sum an item."""


def strength(weights: Scores) -> Scores:
    """How much summed weights of events say: 1 for a weight of 1, growing ever more slowly."""
    said: Scores = np.log2(1.0 + weights).astype(np.float32)
    return said


class ItemWeights:
    """
    `indptr` [items + 1] tells where each item's row of `columns` and `weights` begins; `priors`
    [items], where there are any, are added to the scores, whoever asks: of what a history speaks
    for, or, where all are ranked, of every item.
    """

    KIND: ClassVar[str] = "item_weights"

    def __init__(
        self,
        indptr: NDArray[np.int64],
        columns: Rows,
        weights: Scores,
        priors: Scores | None = None,
        *,
        ranks_all: bool = False,
    ) -> None:
        self._indptr = indptr
        self._columns = columns
        self._weights = weights
        self._priors = priors
        self._ranks_all = ranks_all and priors is not None

    def __len__(self) -> int:
        return len(self._indptr) - 1

    def similar_items(self, rows: Rows, n: int) -> list[Ranked]:
        return [self._beside(int(row), n) for row in rows]

    def recommend(self, histories: Sequence[History], n: int) -> list[Ranked]:
        return [self._personal(history, n) for history in histories]

    def considered(self, history: History, n: int) -> Considered:
        rows, sums = self._summed(history)
        return Considered(best(rows, sums, n), partial(picked, rows, sums))

    def rank_among(self, history: History, rows: Rows, n: int) -> Ranked:
        candidates, sums = self._summed(history)
        wanted = is_among(candidates, rows)
        return best(candidates[wanted], sums[wanted], n)

    def _beside(self, row: int, n: int) -> Ranked:
        if not 0 <= row < len(self):
            return NOTHING
        part = slice(int(self._indptr[row]), int(self._indptr[row + 1]))
        columns, weights = self._columns[part], self._weights[part]
        proper = (columns != row) & (weights > 0)
        return best(columns[proper], weights[proper], n)

    def _personal(self, history: History, n: int) -> Ranked:
        return best(*self._summed(history), n) if n > 0 else NOTHING

    def _summed(self, history: History) -> tuple[Rows, Scores]:
        """Every item that what the user did speaks for, by row, none excluded; and how much."""
        inside = history.rows < len(self)
        rows = history.rows[inside]
        starts = self._indptr[rows]
        lengths = self._indptr[rows + 1] - starts
        if not lengths.any():
            return NOTHING
        # Position of each entry of each row: the rows' entries one after the other.
        offsets = starts - np.concatenate([[0], np.cumsum(lengths)[:-1]])
        entries = np.repeat(offsets, lengths) + np.arange(lengths.sum())
        columns = self._columns[entries]
        said = np.repeat(strength(history.weights[inside]), lengths)
        candidates, sums = self._by_column(columns, self._weights[entries] * said)
        if not self._ranks_all:
            speaks = sums > 0
            candidates, sums = candidates[speaks], sums[speaks]
        if self._priors is not None:
            sums = sums + self._priors[candidates]
        return without(candidates, sums, history.excluded)

    def _by_column(self, columns: Rows, shares: Scores) -> tuple[Rows, Scores]:
        """Both ways add in the same order, so a sum is the same whichever is taken."""
        if self._ranks_all:
            sums = np.bincount(columns, weights=shares, minlength=len(self))
            return np.arange(len(self), dtype=np.int32), sums.astype(np.float32)
        if len(columns) < SPARSE_BELOW * len(self):
            candidates, where = np.unique(columns, return_inverse=True)
            sums = np.bincount(where, weights=shares, minlength=len(candidates))
            return candidates, sums.astype(np.float32)
        sums = np.bincount(columns, weights=shares, minlength=len(self))
        candidates = np.flatnonzero(sums).astype(np.int32)
        return candidates, sums[candidates].astype(np.float32)

    def save(self, folder: Path) -> None:
        save_array(folder / "indptr.npy", self._indptr)
        save_array(folder / "columns.npy", self._columns)
        save_array(folder / "weights.npy", self._weights)
        if self._priors is not None:
            save_array(folder / _priors_name(ranks_all=self._ranks_all), self._priors)

    @classmethod
    def from_path(cls, folder: Path) -> Self:
        priors = [folder / _priors_name(ranks_all=ranks_all) for ranks_all in (False, True)]
        there = [path for path in priors if path.exists()]
        return cls(
            map_array(folder / "indptr.npy"),
            map_array(folder / "columns.npy"),
            map_array(folder / "weights.npy"),
            map_array(there[0]) if there else None,
            ranks_all=there == priors[1:],
        )


def _priors_name(*, ranks_all: bool) -> str:
    return "priors_of_all.npy" if ranks_all else "priors.npy"
