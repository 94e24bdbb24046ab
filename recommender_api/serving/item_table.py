"""
The rows that serving speaks: the bundle's items first, then what the bundle does not know yet.

A model's rows are rows here; items of the catalog or of live history that came after the training
get the numbers behind them.
"""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from recommender_models.bundle import Bundle
from recommender_models.protocol import NO_ROWS, Rows

QUOTED_LIMIT = 50_000
"""Some 5 MB."""

_encode = msgspec.json.Encoder().encode


class ItemTable:
    """Outside ids ↔ serving rows 0 … n - 1."""

    def __init__(
        self, bundle: Bundle | None, others: Iterable[str], before: "ItemTable | None" = None
    ) -> None:
        """
        Args:
            bundle: whose items have the first rows.
            others: ids that come behind them, in their order; those known already are passed over.
            before: a table of the same bundle, whose rows stay what they are.
        """
        self.vocabulary = bundle.items if bundle is not None else None
        self.beside: dict[str, int] = {} if before is None else dict(before.beside)
        """The rows of what the bundle does not know."""
        self._known = len(self.vocabulary) if self.vocabulary is not None else 0
        self._quoted: dict[int, str] = {}
        others = list(others)
        for at in np.flatnonzero(self.places_of(others) < 0).tolist():
            self.beside.setdefault(others[at], len(self))
        self._others = list(self.beside)

    def places_in(self, before: "ItemTable") -> Rows:
        """The row there of each item here, -1 for those that it does not have."""
        if self.vocabulary is before.vocabulary:
            known, others = np.arange(self._known, dtype=np.int32), self._others
        else:
            known, others = NO_ROWS, self.all_ids()
        return np.concatenate([known, before.places_of(others)])

    def places_of(self, ids: Sequence[str]) -> Rows:
        """As `rows`, but -1 for those that are not known."""
        places = np.full(len(ids), -1, dtype=np.int32)
        if self.vocabulary is not None:
            places = self.vocabulary.rows(ids)
        for at in np.flatnonzero(places < 0).tolist():
            places[at] = self.beside.get(ids[at], -1)
        return places

    def __len__(self) -> int:
        return self._known + len(self.beside)

    def row(self, item_id: str) -> int:
        """The item's row, -1 where nobody has heard of it."""
        if self.vocabulary is not None:
            row = self.vocabulary.row(item_id)
            if row >= 0:
                return row
        return self.beside.get(item_id, -1)

    def rows(self, ids: Iterable[str]) -> Rows:
        """The rows of those ids that are known, in their order."""
        found = [row for row in map(self.row, ids) if row >= 0]
        return np.array(found, dtype=np.int32)

    def rows_beside_model(self, ids: Iterable[str]) -> list[int]:
        """The rows of those ids that the bundle does not know, and this table does."""
        known = self.beside
        return [known[item_id] for item_id in ids if item_id in known]

    def id(self, row: int) -> str:
        if row < self._known and self.vocabulary is not None:
            return self.vocabulary.id(row)
        return self._others[row - self._known]

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
        known = self.vocabulary.ids(range(self._known)) if self.vocabulary is not None else []
        return [*known, *self._others]
