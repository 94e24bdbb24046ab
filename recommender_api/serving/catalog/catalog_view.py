"""
The catalog as serving needs it: columns by serving row, who may be shown, who is newest.

Made anew for each state of the catalog or of the bundle, of the one before where there is one;
nothing of it changes afterwards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender_api.rules.conditions import Circumstances, RequestedMasks
from recommender_api.rules.expression.compile import Filter, compile_filter
from recommender_models.protocol import Rows
from recommender_store.catalog.cells import AttributeType
from recommender_store.catalog.column import StringColumn, TimeColumn
from recommender_store.catalog.columns import Columns
from recommender_store.catalog.reading import Reading
from recommender_store.catalog.state import CatalogState

from .changed_items import is_listed, record, typed
from .item_table import ItemTable
from .shown import Shown, Window

NO_TIME = np.empty(0)
FILTERS_KEPT = 1_000
"""Compiled filters of one state of the catalog: an application asks with a handful of texts."""


@dataclass(frozen=True)
class CatalogView:
    """Attributes of every serving row."""

    columns: Columns
    types: Mapping[str, AttributeType]
    is_listed: NDArray[np.bool_]
    """Not deleted, and not said to be unavailable; an item nobody described is listed."""
    newest: NDArray[np.int32]
    """Rows that the catalog describes, the newest first, those without `created_at` last."""
    _filters: dict[str, Filter] = field(default_factory=dict)
    _requested: RequestedMasks = field(default_factory=RequestedMasks)

    @classmethod
    def of(
        cls, items: ItemTable, state: CatalogState, types: Mapping[str, AttributeType]
    ) -> "CatalogView":
        """Of all that the catalog says, read item by item."""
        everywhere = np.full(len(items), -1, np.int32)
        empty = cls(Columns(0, {}), types, np.empty(0, np.bool_), np.empty(0, np.int32))
        return empty.after(items, everywhere, state, types)

    @classmethod
    def read(cls, reading: Reading, types: Mapping[str, AttributeType]) -> "CatalogView":
        """The same of what was read of all items at once."""
        newest = newest_first(reading.columns, np.flatnonzero(reading.is_described))
        return cls(reading.columns, types, reading.is_listed, newest)

    def after(
        self,
        items: ItemTable,
        places: Rows,
        state: CatalogState,
        types: Mapping[str, AttributeType],
    ) -> "CatalogView":
        """
        What `of` makes, from this view of an earlier state: costs what copying it costs, and a walk
        through what is new.

        Args:
            items: the rows of the new one.
            places: the row here of each of them, -1 for what is new or was changed.
            state: what the catalog says now.
            types: as they are now; none differs from what a column here has.
        """
        new = np.flatnonzero(places < 0).tolist()
        ids = [items.id(row) for row in new]
        described = [state.get(item_id) for item_id in ids]
        columns = typed(
            lambda fitting: self.columns.relaid(places, fitting, types),
            dict(zip(new, map(record, ids, described), strict=True)),
            {**types, **self.columns.types},
        )
        told_of = np.zeros(len(self.is_listed) + 1, dtype=bool)
        told_of[self.newest] = True
        # What has no place takes the one behind the last.
        told_of, listed = told_of[places], np.append(self.is_listed, True)[places]
        told_of[new] = [item is not None for item in described]
        listed[new] = [is_listed(item) for item in described]
        newest = newest_first(columns, np.flatnonzero(told_of))
        return CatalogView(columns, types, listed, newest)

    def filter(self, text: str) -> Filter:
        """
        The compiled filter; the same text is compiled once.

        Raises:
            FilterInvalid
        """
        known = self._filters.get(text)
        if known is None:
            known = compile_filter(text, self.types)
            if len(self._filters) >= FILTERS_KEPT:
                self._filters.clear()
            self._filters[text] = known
        return known

    def matches(
        self, filter_: Filter, rows: NDArray[np.int32] | None, given: Circumstances
    ) -> NDArray[np.bool_]:
        """Which of the rows, None: of all, a request's filter means."""
        mask = self._requested.of(filter_, self.columns)
        if mask is not None:
            return mask if rows is None else mask[rows]
        return filter_.mask(self.columns, seed=given.seed, context=given.context, rows=rows)

    @cached_property
    def shown(self) -> Shown:
        """Which rows may be recommended at a moment."""
        windows = (
            Window(self._times("available_from"), begins=True),
            Window(self._times("available_until"), begins=False),
        )
        return Shown(self.is_listed, [one for one in windows if len(one.times_s)])

    def groups(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """The group of each row, -1 for items that share theirs with nobody."""
        column = self.columns.column("group_id")
        if not isinstance(column, StringColumn):
            return np.full(len(rows), -1, dtype=np.int32)
        return column.codes[rows]

    def attributes(self, row: int, names: Iterable[str]) -> dict[str, object]:
        return self.columns.record(row, names)

    def _times(self, name: str) -> NDArray[np.float64]:
        column = self.columns.column(name)
        return column.times_s if isinstance(column, TimeColumn) else NO_TIME


def newest_first(columns: Columns, rows: NDArray[np.int64]) -> Rows:
    """Equal ages in the order of `rows`."""
    return rows[np.argsort(ages(columns, rows), kind="stable")].astype(np.int32)


def ages(columns: Columns, rows: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """By which rows are sorted, the newest first; NaN, which sorts last, where there is no date."""
    column = columns.column("created_at")
    if not isinstance(column, TimeColumn):
        return np.full(len(rows), np.nan)
    times_s: NDArray[np.float64] = column.times_s[rows]
    return -times_s
