"""
Answering by vectors: every item has one, a history is brought to one, the inner product is the
score.

How a history becomes a vector is for the kind of model to say; finding, scoring and ranking are
here, once.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from .index_search import ItemIndex
from .ordering import best, is_among, without
from .protocol import NOTHING, Considered, History, Ranked, Rows, Scores

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]

CANDIDATES = 256
"""Fetched from the index however few are asked for: an answer of 10 is the head of one of 100."""
HEADS_KEPT = 4096
"""Answers of the index that are remembered, for vectors that do not change; some 10 MB."""
WIDEST_KEPT = 1024
"""A wider one is not: 32 MB are the most."""
SHARED = 64
"""How many candidates are looked for at once is a multiple of this, so that many share it."""
TOGETHER = 512
"""Asked at once at the most: bounds the memory."""
UNIT = 2.0**-24
"""By this share at the most a single sum is rounded."""


class ItemVectors(ABC):
    """Item vectors [items, factors], zeros for an item without one, and an index over the rest."""

    def __init__(self, item_factors: Matrix, index: ItemIndex) -> None:
        self._item_factors = item_factors
        self._index = index
        self._heads: dict[tuple[int, int], Ranked] = {}
        """By stored vector and width."""

    @abstractmethod
    def vector(self, history: History) -> Vector | None:
        """The vector of somebody; None where nothing speaks for any item that has one."""

    @property
    def item_factors(self) -> Matrix:
        return self._item_factors

    @property
    def index(self) -> ItemIndex:
        return self._index

    def known_as(self, history: History) -> int:  # noqa: ARG002 - for kinds that keep users' vectors
        """The number of the stored vector that stands for somebody, -1 for none."""
        return -1

    def with_vectors(self, rows: Rows, weights: Scores) -> tuple[Matrix, Scores]:
        """The vectors of those items of a history that have one, and what was said of each."""
        inside = rows < len(self._item_factors)
        items = self._item_factors[rows[inside]]
        has_vector = items.any(axis=1)
        return items[has_vector], weights[inside][has_vector]

    def recommend(self, histories: Sequence[History], n: int) -> list[Ranked]:
        """Each is answered as if it were alone."""
        if len(histories) == 1 or n <= 0 or self._index.kind != "flat":
            return [self._personal(history, n) for history in histories]
        answers: list[Ranked] = []
        for start in range(0, len(histories), TOGETHER):
            answers += self._together(histories[start : start + TOGETHER], n)
        return answers

    def _together(self, histories: Sequence[History], n: int) -> list[Ranked]:
        """The same where search is exact: who are looked for at once take less time."""
        by_width: dict[int, list[tuple[int, Vector]]] = {}
        for at, history in enumerate(histories):
            vector = self.vector(history)
            if vector is not None:
                shared = -(-_width(history, n) // SHARED) * SHARED
                by_width.setdefault(shared, []).append((at, vector))
        answers = [NOTHING] * len(histories)
        for width, asked in by_width.items():
            found = self._index.search_each(np.stack([vector for _, vector in asked]), width)
            for (at, vector), rows in zip(asked, found, strict=True):
                proven = self._proven(vector, histories[at], n, rows)
                answers[at] = self._nearest(vector, histories[at], n) if proven is None else proven
        return answers

    def _proven(self, vector: Vector, history: History, n: int, rows: Rows) -> Ranked | None:
        """
        The answer from what was found beside others, or None where alone it may be another.

        Sums in another order differ by rounding. What is ahead of the last candidate by more than
        that, on either side and in either order, is found both ways.
        """
        found, width = self.scores(vector, rows), _width(history, n)
        head = best(rows, found, n + len(history.excluded))
        kept, scores = without(*head, history.excluded)
        answer = Ranked(kept[:n], scores[:n])
        if width >= len(self._index):
            return answer
        last = np.partition(found, -width)[-width]
        rounding = len(vector) * UNIT * self._longest * np.linalg.norm(vector)
        is_ahead = answer.scores[-1] - last > 8 * rounding
        return answer if is_ahead else None

    @cached_property
    def _longest(self) -> float:
        return float(np.linalg.norm(self._item_factors, axis=1).max(initial=0))

    def _personal(self, history: History, n: int) -> Ranked:
        vector = self.vector(history)
        return NOTHING if vector is None else self._nearest(vector, history, n)

    def considered(self, history: History, n: int) -> Considered:
        vector = self.vector(history)
        if vector is None:
            return Considered(NOTHING, lambda _: NOTHING)
        head = self._nearest(vector, history, n)
        return Considered(head, partial(self._scored, vector, history.excluded))

    def _nearest(self, vector: Vector, history: History, n: int) -> Ranked:
        if n <= 0:
            return NOTHING
        head = self._head(vector, _width(history, n), self.known_as(history))
        rows, scores = without(*head, history.excluded)
        return Ranked(rows[:n], scores[:n])

    def _head(self, vector: Vector, width: int, known_as: int) -> Ranked:
        """The best of all items for a vector, by what the index finds when asked for so many."""
        known = self._heads.get((known_as, width))
        if known is not None:
            return known
        found = self._index.search(vector, width)
        head = best(found, self.scores(vector, found), width)
        if known_as >= 0 and width <= WIDEST_KEPT:
            if len(self._heads) >= HEADS_KEPT:
                self._heads.clear()
            self._heads[known_as, width] = head
        return head

    def rank_among(self, history: History, rows: Rows, n: int) -> Ranked:
        vector = self.vector(history)
        if vector is None:
            return NOTHING
        return best(*self._scored(vector, history.excluded, rows), n)

    def _scored(self, vector: Vector, excluded: Rows, rows: Rows) -> tuple[Rows, Scores]:
        """Those of the rows that have a vector and are not excluded, with their scores."""
        rows = rows[(rows < len(self._item_factors)) & ~is_among(rows, excluded)]
        scores = self.scores(vector, rows)
        # An item without a vector scores nothing, and hardly any other does.
        has_none = np.flatnonzero(scores == 0)
        has_none = has_none[~self._item_factors[rows[has_none]].any(axis=1)]
        return np.delete(rows, has_none), np.delete(scores, has_none)

    def scores(self, vector: Vector, rows: Rows) -> Scores:
        """
        The exact scores of some items.

        Summed item by item, so that a score is the same whichever items stand beside it.
        """
        summed: Scores = np.vecdot(self._item_factors.take(rows, axis=0), vector)
        return summed


def _width(history: History, n: int) -> int:
    """How many candidates are fetched for somebody who is alone."""
    return max(n, CANDIDATES) + len(history.excluded)
