"""
Factors whose users are the mean of their items: how factors without a fold-in of their own answer.

Somebody's vector is the mean of their items' vectors, each by log(1 + weight), and 1 at the end,
where an item's bias stands: what is liked by everybody comes first where a taste says little. A
user of years and one of a second ago are answered the same way; no user is stored.
"""

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from typing_extensions import override

from recommender_store.artifacts.arrays import map_array, save_array

from .index_search import ItemIndex
from .item_vectors import ItemVectors, Vector
from .protocol import History


class MeanFactors(ItemVectors):
    """Item vectors [items, factors + 1], the bias last, and an index over those that have one."""

    KIND: ClassVar[str] = "mean_factors"

    @override
    def vector(self, history: History) -> Vector | None:
        """None where no item of the history has a vector."""
        items, said = self.with_vectors(history.rows, np.log1p(history.weights))
        if not len(items):
            return None
        vector: Vector = (said @ items / said.sum()).astype(np.float32)
        vector[-1] = 1
        return vector

    def save(self, folder: Path) -> None:
        save_array(folder / "item_factors.npy", self._item_factors)
        self._index.save(folder)

    @classmethod
    def from_path(cls, folder: Path) -> Self:
        return cls(map_array(folder / "item_factors.npy"), ItemIndex.from_path(folder))
