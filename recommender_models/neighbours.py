"""
Neighbour lists: for each item the k most similar ones, precomputed.

Item-to-item is a look-up; user-to-item sums the lists of what the user did, weighted (item-based
collaborative filtering: Sarwar et al., WWW 2001; Deshpande and Karypis, TOIS 2004).
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


class NeighbourLists:
    """k neighbours for each of n items, best first; -1 fills up short lists."""

    KIND: ClassVar[str] = "neighbours"

    def __init__(self, neighbours: NDArray[np.int32], scores: NDArray[np.float32]) -> None:
        self.neighbours = neighbours
        self.scores = scores

    def similar_items(self, rows: Rows, n: int) -> list[Ranked]:
        return [self._list(int(row), n) for row in rows]

    def recommend(self, histories: Sequence[History], n: int) -> list[Ranked]:
        return [self._personal(history, n) for history in histories]

    def considered(self, history: History, n: int) -> Considered:
        rows, sums = self._summed(history)
        return Considered(best(rows, sums, n), partial(picked, rows, sums))

    def rank_among(self, history: History, rows: Rows, n: int) -> Ranked:
        candidates, sums = self._summed(history)
        wanted = is_among(candidates, rows)
        return best(candidates[wanted], sums[wanted], n)

    def _list(self, row: int, n: int) -> Ranked:
        if not 0 <= row < len(self.neighbours):
            return NOTHING
        neighbours = self.neighbours[row, : max(n, 0)]
        length = int(np.count_nonzero(neighbours >= 0))
        return Ranked(neighbours[:length], self.scores[row, :length])

    def _personal(self, history: History, n: int) -> Ranked:
        return best(*self._summed(history), n)

    def _summed(self, history: History) -> tuple[Rows, Scores]:
        """All neighbours of what the user did, by row, and their summed scores; none excluded."""
        inside = history.rows < len(self.neighbours)
        rows, weights = history.rows[inside], np.log1p(history.weights[inside])
        neighbours = self.neighbours[rows]
        shares: Scores = (self.scores[rows] * weights[:, None]).astype(np.float32)
        found = neighbours >= 0
        candidates, where = np.unique(neighbours[found], return_inverse=True)
        sums = np.bincount(where, weights=shares[found], minlength=len(candidates))
        return without(candidates, sums.astype(np.float32), history.excluded)

    def save(self, folder: Path) -> None:
        save_array(folder / "neighbours.npy", self.neighbours)
        save_array(folder / "scores.npy", self.scores)

    @classmethod
    def from_path(cls, folder: Path) -> Self:
        return cls(map_array(folder / "neighbours.npy"), map_array(folder / "scores.npy"))
