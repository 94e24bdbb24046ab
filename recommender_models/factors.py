"""
Latent factors: a vector for each item, a vector for each user, the inner product as the score.

A user with events newer than the model, or unknown to it, is folded in: the vector that alternating
least squares would give for the whole history, one small linear system (Hu, Koren and Volinsky,
ICDM 2008, equation 4). The fitted users' vectors are solved the same way, so both agree.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from recommender_store.artifacts.arrays import map_array, save_array

from .index_search import ItemIndex
from .ordering import best
from .protocol import NOTHING, Considered, History, Ranked, Rows, Scores

Matrix = NDArray[np.float32]

CANDIDATES = 256
"""Fetched from the index however few are asked for: an answer of 10 is the head of one of 100."""


class Confidence(msgspec.Struct, frozen=True):
    """How sure summed weights make the model of a preference: `1 + alpha * log(1 + weight)`."""

    alpha: float

    def of(self, weights: Scores) -> Scores:
        sure: Scores = (1.0 + self.alpha * np.log1p(weights)).astype(np.float32)
        return sure


class Factors:
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
        self._item_factors = item_factors
        self._gram = gram
        self._confidence = confidence
        self._index = index
        self._user_factors = user_factors

    @property
    def item_factors(self) -> Matrix:
        return self._item_factors

    @property
    def index(self) -> ItemIndex:
        return self._index

    def recommend(self, histories: Sequence[History], n: int) -> list[Ranked]:
        return [self._personal(history, n) for history in histories]

    def _personal(self, history: History, n: int) -> Ranked:
        vector = self.vector(history)
        return NOTHING if vector is None else self._nearest(vector, history, n)

    def considered(self, history: History, n: int) -> Considered:
        vector = self.vector(history)
        if vector is None:
            return Considered(NOTHING, lambda _: NOTHING)
        head = self._nearest(vector, history, n)
        return Considered(head, partial(self._scored, vector, history.excluded))

    def _nearest(self, vector: NDArray[np.float32], history: History, n: int) -> Ranked:
        if n <= 0:
            return NOTHING
        found = self._index.search(vector, max(n, CANDIDATES) + len(history.excluded))
        rows = found[~np.isin(found, history.excluded)]
        return best(rows, self.scores(vector, rows), n)

    def rank_among(self, history: History, rows: Rows, n: int) -> Ranked:
        vector = self.vector(history)
        if vector is None:
            return NOTHING
        return best(*self._scored(vector, history.excluded, rows), n)

    def _scored(
        self, vector: NDArray[np.float32], excluded: Rows, rows: Rows
    ) -> tuple[Rows, Scores]:
        """Those of the rows that have a vector and are not excluded, with their scores."""
        rows = rows[rows < len(self._item_factors)]
        has_vector = np.asarray(self._item_factors[rows]).any(axis=1)
        kept = rows[has_vector & ~np.isin(rows, excluded)]
        return kept, self.scores(vector, kept)

    def vector(self, history: History) -> NDArray[np.float32] | None:
        """
        The user's vector: the stored one while it is up to date, else folded in.

        None where nothing speaks for any item: a vector of zeros would rank by chance.
        """
        if not len(history.rows):
            return None
        if (
            self._user_factors is not None
            and not history.is_newer
            and 0 <= history.stored_row < len(self._user_factors)
        ):
            return np.asarray(self._user_factors[history.stored_row])
        return self.fold_in(history.rows, history.weights)

    def fold_in(self, rows: Rows, weights: Scores) -> NDArray[np.float32] | None:
        """The vector of somebody with this history; None where no item of it has a vector."""
        inside = rows < len(self._item_factors)
        items = np.asarray(self._item_factors[rows[inside]])
        has_vector = items.any(axis=1)
        if not has_vector.any():
            return None
        items = items[has_vector]
        sure = self._confidence.of(weights[inside][has_vector])
        left = self._gram + items.T @ (items * (sure - 1.0)[:, None])
        vector: NDArray[np.float32] = np.linalg.solve(left, items.T @ sure)
        return vector

    def scores(self, vector: NDArray[np.float32], rows: Rows) -> Scores:
        """
        The exact scores of some items.

        Summed item by item, so that a score is the same whichever items stand beside it.
        """
        summed: Scores = (np.asarray(self._item_factors[rows]) * vector).sum(axis=1)
        return summed

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
            np.asarray(map_array(folder / "gram.npy")),
            msgspec.json.decode((folder / "confidence.json").read_bytes(), type=Confidence),
            ItemIndex.from_path(folder),
            map_array(users) if users.exists() else None,
        )
