"""
The catalog as serving needs it: columns by serving row, who may be shown, who is newest.

Made anew for each state of the catalog or of the bundle, of the one before where there is one;
nothing of it changes afterwards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import structlog
from numpy.typing import NDArray

from recommender_api.rules.conditions import Circumstances, RequestedMasks
from recommender_api.rules.expression.compile import Filter, compile_filter
from recommender_models.protocol import Rows
from recommender_store.catalog.cells import AttributeType, AttributeTypeConflict, read_cell
from recommender_store.catalog.columns import Columns, StringColumn, TimeColumn
from recommender_store.catalog.state import CatalogState, Item

from .item_table import ItemTable
from .shown import Shown, Window

NO_TIME = np.empty(0)
FILTERS_KEPT = 1_000
"""Compiled filters of one state of the catalog: an application asks with a handful of texts."""

_log = structlog.get_logger()

Record = Mapping[str, object]


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
        ids = items.all_ids()
        described = [state.get(item_id) for item_id in ids]
        records = list(map(_record, ids, described))
        columns = _typed(lambda fitting: Columns.from_records(fitting, types), records, types)
        told_of = np.array([item is not None for item in described], dtype=bool)
        is_listed = np.array([_is_listed(item) for item in described], dtype=bool)
        return cls(columns, types, is_listed, _newest(columns, told_of))

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
        new = np.flatnonzero(places < 0)
        ids = [items.id(row) for row in new.tolist()]
        described = [state.get(item_id) for item_id in ids]
        records = list(map(_record, ids, described))
        columns = _typed(
            lambda fitting: self.columns.relaid(
                places, dict(zip(new.tolist(), fitting, strict=True)), types
            ),
            records,
            {**types, **self.columns.types},
        )
        told_of = np.zeros(len(self.is_listed) + 1, dtype=bool)
        told_of[self.newest] = True
        # What has no place takes the one behind the last.
        told_of, is_listed = told_of[places], np.append(self.is_listed, True)[places]
        told_of[new] = [item is not None for item in described]
        is_listed[new] = [_is_listed(item) for item in described]
        return CatalogView(columns, types, is_listed, _newest(columns, told_of))

    def has(self, types: Mapping[str, AttributeType]) -> bool:
        """Whether no attribute is of another type here."""
        return all(types.get(name, kind) is kind for name, kind in self.columns.types.items())

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


def _record(item_id: str, item: Item | None) -> Record:
    return {"item_id": item_id, **(item.fields if item is not None else {})}


def _is_listed(item: Item | None) -> bool:
    return item is None or not (item.is_deleted or item.fields.get("available") is False)


def _typed(
    make: Callable[[Sequence[Record]], Columns],
    records: Sequence[Record],
    types: Mapping[str, AttributeType],
) -> Columns:
    """The columns; a value of another type than its attribute has counts as missing."""
    try:
        return make(records)
    except AttributeTypeConflict as error:
        _log.warning("attributes_left_out", attribute=error.attribute, detail=str(error))
        return make(
            [
                {name: value for name, value in record.items() if _fits(value, types.get(name))}
                for record in records
            ]
        )


def _fits(value: object, expected: AttributeType | None) -> bool:
    return expected is None or read_cell(value, expected) is not None


def _newest(columns: Columns, described: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Described rows by `created_at`, the newest first; those without a date come last."""
    column = columns.column("created_at")
    times_s = np.full(len(described), np.nan)
    if isinstance(column, TimeColumn):
        times_s = column.times_s
    rows = np.flatnonzero(described)
    # NaN sorts last, as those without a date should.
    return rows[np.lexsort((rows, -times_s[rows]))].astype(np.int32)
