"""
A slot carried over from an older bundle: its rows are the older vocabulary's.

Rows are translated on the way in and on the way out; what the newer vocabulary lacks is left out
and the next best moves up, so that an answer is as long as it would have been. Equal scores keep
the older rows' order. Stored users are not used: the newer bundle knows more of them than the slot
was fitted on.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .described import DescribedLists
from .ordering import is_among
from .protocol import (
    NOTHING,
    Description,
    ForYou,
    History,
    Ranked,
    RanksAmong,
    Rows,
    SimilarItems,
)


class CarriedOver:
    """A model that speaks another bundle's rows. `rows_here` [older rows]: row here, or -1."""

    def __init__(self, model: object, rows_here: NDArray[np.int32], row_count: int) -> None:
        self._model = model
        self._rows_here = rows_here
        # One place more than there are rows: where rows that the bundle does not have are sent.
        self._rows_there = np.full(row_count + 1, -1, dtype=np.int32)
        known = rows_here >= 0
        self._rows_there[rows_here[known]] = np.flatnonzero(known)

    def similar_items(self, rows: Rows, n: int) -> list[Ranked]:
        model = self._model
        if not isinstance(model, SimilarItems):
            raise TypeError(f"{type(model).__name__} does not answer item-to-item")
        there = self._translated(rows)
        seeds = [there[at : at + 1] for at in range(len(there))]
        return [self._filled(partial(model.similar_items, seed), n) for seed in seeds]

    def recommend(self, histories: Sequence[History], n: int) -> list[Ranked]:
        model = self._model
        if not isinstance(model, ForYou):
            raise TypeError(f"{type(model).__name__} does not answer user-to-item")
        there = [self._history_there(history) for history in histories]
        return [self._filled(partial(model.recommend, [one]), n) for one in there]

    def rank_among(self, history: History, rows: Rows, n: int) -> Ranked:
        """Also where the model itself cannot: then out of everything that it recommends."""
        if isinstance(self._model, RanksAmong):
            there = self._translated(rows)
            found = self._model.rank_among(self._history_there(history), there[there >= 0], n)
            return self._here(found)
        every = self.recommend([history], len(self._rows_here))[0]
        wanted = is_among(every.rows, rows)
        return Ranked(every.rows[wanted][:n], every.scores[wanted][:n])

    def _filled(self, ask: Callable[[int], list[Ranked]], n: int) -> Ranked:
        """Ask for more until n rows are known here, or the model has no more."""
        if n <= 0:
            return NOTHING
        wanted = n
        while True:
            answer = ask(wanted)[0]
            here = self._here(answer)
            if len(here.rows) >= n or len(answer.rows) < wanted or wanted >= len(self._rows_here):
                return Ranked(here.rows[:n], here.scores[:n])
            wanted *= 2

    def _history_there(self, history: History) -> History:
        rows = self._translated(history.rows)
        known = rows >= 0
        excluded = self._translated(history.excluded)
        return replace(
            history,
            rows=rows[known],
            weights=history.weights[known],
            stored_row=-1,
            is_newer=True,
            excluded=excluded[excluded >= 0],
        )

    def _translated(self, rows: Rows) -> Rows:
        """The older row of each row, -1 where there is none."""
        beyond = len(self._rows_there) - 1
        return self._rows_there[np.where((rows >= 0) & (rows < beyond), rows, beyond)]

    def _here(self, answer: Ranked) -> Ranked:
        rows = self._rows_here[answer.rows]
        known = rows >= 0
        return Ranked(rows[known], answer.scores[known])


class CarriedDescriptions(CarriedOver):
    """The same for a model that can be asked with words."""

    def __init__(self, model: DescribedLists, rows_here: NDArray[np.int32], row_count: int) -> None:
        super().__init__(model, rows_here, row_count)
        self._described = model

    @property
    def minimum_similarity(self) -> float:
        return self._described.minimum_similarity

    def is_told_of(self, rows: Rows) -> NDArray[np.bool_]:
        return self._described.is_told_of(self._translated(rows))

    def description(self, words: Iterable[str]) -> Description:
        return self._described.description(words)

    def alike(self, description: Description, n: int) -> Ranked:
        return self._filled(lambda wanted: [self._described.alike(description, wanted)], n)
