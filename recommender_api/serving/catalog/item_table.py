"""
The rows that serving speaks: the bundle's items first, then what the bundle does not know.

A model's rows are rows here. Behind them come other items that were known when the table was laid
out, in a trie as the bundle's are; and behind these, as they are heard of, those that came since.
"""

from collections.abc import Iterable, Sequence
from typing import Self

import msgspec
import numpy as np

from recommender_models.protocol import Rows
from recommender_store.artifacts.vocabulary import Vocabulary

QUOTED_LIMIT = 50_000
"""Some 5 MB."""
NO_IDS = Vocabulary.of(())

_encode = msgspec.json.Encoder().encode


class ItemTable:
    """Outside ids ↔ serving rows 0 … n - 1."""

    def __init__(
        self,
        vocabulary: Vocabulary | None = None,
        others: Vocabulary = NO_IDS,
        late: Iterable[str] = (),
    ) -> None:
        """
        Args:
            vocabulary: the bundle's items.
            others: ids that the bundle does not know.
            late: ids that come behind them, in their order; those known already are passed over.
        """
        self._model = vocabulary if vocabulary is not None else NO_IDS
        self._others = others
        self._model_count = len(self._model)
        self._laid_count = self._model_count + len(others)
        self._late: dict[str, int] = {}
        self._quoted: dict[int, str] = {}
        for item_id in late:
            if self.row(item_id) < 0:
                self._late[item_id] = len(self)
        self._late_ids = list(self._late)

    @classmethod
    def of(cls, vocabulary: Vocabulary | None, ids: Sequence[str]) -> Self:
        """A table laid out for these ids, in whatever order they come."""
        if vocabulary is None:
            return cls(None, Vocabulary.of(ids))
        unknown = np.flatnonzero(vocabulary.rows(ids) < 0)
        return cls(vocabulary, Vocabulary.of([ids[at] for at in unknown.tolist()]))

    @property
    def others(self) -> Vocabulary:
        """Behind the bundle's items, those that were known when the table was laid out."""
        return self._others

    def __len__(self) -> int:
        return self._laid_count + len(self._late)

    def row(self, item_id: str) -> int:
        """The item's row, -1 where nobody has heard of it."""
        row = self._model.row(item_id)
        if row >= 0:
            return row
        return self._row_beside(item_id)

    def _row_beside(self, item_id: str) -> int:
        row = self._late.get(item_id, -1)
        if row >= 0:
            return row
        other = self._others.row(item_id)
        return other if other < 0 else self._model_count + other

    def rows(self, ids: Iterable[str]) -> Rows:
        """The rows of those ids that are known, in their order."""
        found = [row for row in map(self.row, ids) if row >= 0]
        return np.array(found, dtype=np.int32)

    def places_of(self, ids: Sequence[str]) -> Rows:
        """As `rows`, but -1 for those that are not known; remembers none of them."""
        places = self._model.rows(ids)
        beside = np.flatnonzero(places < 0)
        others = self._others.rows([ids[at] for at in beside.tolist()])
        places[beside] = np.where(others < 0, others, others + self._model_count)
        for at in beside[others < 0].tolist():
            places[at] = self._late.get(ids[at], -1)
        return places

    def rows_beside_model(self, ids: Iterable[str]) -> list[int]:
        """The rows of those ids that the bundle does not know, and this table does."""
        known = self._model_count
        if known == len(self):
            return []
        return [row for row in map(self.row, ids) if row >= known]

    def id(self, row: int) -> str:
        if row < self._model_count:
            return self._model.id(row)
        if row < self._laid_count:
            return self._others.id(row - self._model_count)
        return self._late_ids[row - self._laid_count]

    def quoted(self, row: int) -> str:
        """The id as JSON text; remembered, since what is recommended is recommended often."""
        known = self._quoted.get(row)
        if known is None:
            known = _encode(self.id(row)).decode()
            if len(self._quoted) >= QUOTED_LIMIT:
                self._quoted.clear()
            self._quoted[row] = known
        return known

    def all_ids(self) -> list[str]:
        """Every id, by row."""
        others = self._others.ids(range(len(self._others)))
        return [*self._model.ids(range(self._model_count)), *others, *self._late_ids]
