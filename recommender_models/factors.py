"""
Latent factors: a vector for each item, a vector for each user, the inner product as the score.

A user with events newer than the model, or unknown to it, is folded in: the vector that alternating
least squares would give for the whole history, one small linear system (Hu, Koren and Volinsky,
ICDM 2008, equation 4). The fitted users' vectors are solved the same way, so both agree.
"""

from pathlib import Path
from typing import ClassVar, Self

import msgspec
import numpy as np
from typing_extensions import override

from recommender_store.artifacts.arrays import map_array, save_array

from .index_search import ItemIndex
from .item_vectors import ItemVectors, Matrix, Vector
from .protocol import History, Rows, Scores


class Confidence(msgspec.Struct, frozen=True):
    """How sure summed weights make the model of a preference: `1 + alpha * log(1 + weight)`."""

    alpha: float

    def of(self, weights: Scores) -> Scores:
        sure: Scores = (1.0 + self.alpha * np.log1p(weights)).astype(np.float32)
        return sure


class Factors(ItemVectors):
    """
    Item vectors [items, factors], their Gram matrix with the regularization on its diagonal, user
    vectors [users, factors] where they were kept, and an index over the items that have a vector.
    """

    KIND: ClassVar[str] = "factors"

    def __init__(
        self,
        item_factors: Matrix,
        gram: Matrix,
        confidence: Confidence,
        index: ItemIndex,
        user_factors: Matrix | None = None,
    ) -> None:
        super().__init__(item_factors, index)
        self._gram = gram
        self._confidence = confidence
        self._user_factors = user_factors

    @override
    def vector(self, history: History) -> Vector | None:
        """
        The user's vector: the stored one while it is up to date, else folded in.

        None where nothing speaks for any item: a vector of zeros would rank by chance.
        """
        if not len(history.rows):
            return None
        stored = self.known_as(history)
        if stored >= 0 and self._user_factors is not None:
            vector: Vector = self._user_factors[stored]
            return vector
        return self.fold_in(history.rows, history.weights)

    @override
    def known_as(self, history: History) -> int:
        if self._user_factors is None or history.is_newer:
            return -1
        return history.stored_row if history.stored_row < len(self._user_factors) else -1

    def fold_in(self, rows: Rows, weights: Scores) -> Vector | None:
        """The vector of somebody with this history; None where no item of it has a vector."""
        items, said = self.with_vectors(rows, weights)
        if not len(items):
            return None
        sure = self._confidence.of(said)
        left = self._gram + items.T @ (items * (sure - 1.0)[:, None])
        vector: Vector = np.linalg.solve(left, items.T @ sure)
        return vector

    def save(self, folder: Path) -> None:
        save_array(folder / "item_factors.npy", self._item_factors)
        save_array(folder / "gram.npy", self._gram)
        (folder / "confidence.json").write_bytes(msgspec.json.encode(self._confidence))
        self._index.save(folder)
        if self._user_factors is not None:
            save_array(folder / "user_factors.npy", self._user_factors)

    @classmethod
    def from_path(cls, folder: Path) -> Self:
        users = folder / "user_factors.npy"
        return cls(
            map_array(folder / "item_factors.npy"),
            map_array(folder / "gram.npy"),
            msgspec.json.decode((folder / "confidence.json").read_bytes(), type=Confidence),
            ItemIndex.from_path(folder),
            map_array(users) if users.exists() else None,
        )
