"""
The rows that serving speaks: the bundle's items first, then what the bundle does not know yet.

A model's rows are rows here; items of the catalog or of live history that came after the training
get the numbers behind them.
"""

from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from recommender_models.bundle import Bundle

QUOTED_LIMIT = 50_000
"""Some 5 MB."""

_encode = msgspec.json.Encoder().encode


class ItemTable:
    """Outside ids ↔ serving rows 0 … n - 1."""

    def __init__(self, bundle: Bundle | None, others: Iterable[str]) -> None:
        self._vocabulary = bundle.items if bundle is not None else None
        self._known = len(self._vocabulary) if self._vocabulary is not None else 0
        self._quoted: dict[int, str] = {}
        self._others: list[str] = []
        self._other_rows: dict[str, int] = {}
        for item_id in others:
            if self.row(item_id) < 0:
                self._other_rows[item_id] = self._known + len(self._others)
                self._others.append(item_id)

    def __len__(self) -> int:
        return self._known + len(self._others)

    def row(self, item_id: str) -> int:
        """The item's row, -1 where nobody has heard of it."""
        if self._vocabulary is not None:
            row = self._vocabulary.row(item_id)
            if row >= 0:
                return row
        return self._other_rows.get(item_id, -1)

    def rows(self, ids: Iterable[str]) -> NDArray[np.int32]:
        """The rows of those ids that are known, in their order."""
        found = [row for row in map(self.row, ids) if row >= 0]
        return np.array(found, dtype=np.int32)

    def rows_beside_model(self, ids: Iterable[str]) -> list[int]:
        """The rows of those ids that the bundle does not know, and this table does."""
        known = self._other_rows
        return [known[item_id] for item_id in ids if item_id in known]

    def id(self, row: int) -> str:
        if row < self._known and self._vocabulary is not None:
            return self._vocabulary.id(row)
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
        known = self._vocabulary.ids(range(self._known)) if self._vocabulary is not None else []
        return [*known, *self._others]
