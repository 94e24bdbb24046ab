"""
One ranking for everybody: the floor under every other model, and the baseline it must beat.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

from recommender_store.artifacts.arrays import map_array, save_array

from .ordering import is_among
from .protocol import NOTHING, History, Ranked, Rows, Scores


class PopularRanking:
    """All items that anybody did anything with, most popular first."""

    KIND: ClassVar[str] = "popularity"

    def __init__(self, rows: Rows, scores: Scores) -> None:
        self._rows = rows
        self._scores = scores

    def __len__(self) -> int:
        return len(self._rows)

    def top(self, n: int) -> Ranked:
        return Ranked(self._rows[:n], self._scores[:n])

    def similar_items(self, rows: Rows, n: int) -> list[Ranked]:
        """The same ranking for every item, without the item itself."""
        return self.recommend([History(excluded=rows[at : at + 1]) for at in range(len(rows))], n)

    def recommend(self, histories: Sequence[History], n: int) -> list[Ranked]:
        return [self._without(history.excluded, n) for history in histories]

    def _without(self, excluded: Rows, n: int) -> Ranked:
        if n <= 0:
            return NOTHING
        rows, scores = self.top(n + len(excluded))
        kept = ~is_among(rows, excluded)
        return Ranked(rows[kept][:n], scores[kept][:n])

    def save(self, folder: Path) -> None:
        save_array(folder / "rows.npy", self._rows)
        save_array(folder / "scores.npy", self._scores)

    @classmethod
    def from_path(cls, folder: Path) -> Self:
        return cls(map_array(folder / "rows.npy"), map_array(folder / "scores.npy"))
