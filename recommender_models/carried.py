"""
A slot carried over from an older bundle: its rows are the older vocabulary's.

Rows are translated on the way in and on the way out; what the newer vocabulary lacks is dropped.
Stored users are not used: the newer bundle knows more of them than the slot was fitted on.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .protocol import ForYou, History, Ranked, Rows, SimilarItems


class CarriedOver:
    """A model that speaks another bundle's rows. `rows_here` [older rows]: row here, or -1."""

    def __init__(self, model: object, rows_here: NDArray[np.int32], row_count: int) -> None:
        self._model = model
        self._rows_here = rows_here
        self._rows_there = np.full(row_count, -1, dtype=np.int32)
        known = rows_here >= 0
        self._rows_there[rows_here[known]] = np.flatnonzero(known)

    def similar_items(self, rows: Rows, n: int) -> list[Ranked]:
        if not isinstance(self._model, SimilarItems):
            raise TypeError(f"{type(self._model).__name__} does not answer item-to-item")
        there = self._rows_there[rows]
        return [self._here(answer) for answer in self._model.similar_items(there, n)]

    def recommend(self, histories: Sequence[History], n: int) -> list[Ranked]:
        if not isinstance(self._model, ForYou):
            raise TypeError(f"{type(self._model).__name__} does not answer user-to-item")
        there = [self._there(history) for history in histories]
        return [self._here(answer) for answer in self._model.recommend(there, n)]

    def _there(self, history: History) -> History:
        rows = self._rows_there[history.rows]
        known = rows >= 0
        excluded = self._rows_there[history.excluded]
        return replace(
            history,
            rows=rows[known],
            weights=history.weights[known],
            stored_row=-1,
            is_newer=True,
            excluded=excluded[excluded >= 0],
        )

    def _here(self, answer: Ranked) -> Ranked:
        rows = self._rows_here[answer.rows]
        known = rows >= 0
        return Ranked(rows[known], answer.scores[known])
