"""
Item attributes as typed columns: codes and floats, one cell a row, in memory or mapped into it.

Records (attribute name → value) come in, numpy arrays that a filter can scan go out. A missing
value is the code -1, NaN or an empty list. A column keeps its type: a value of another type is
refused, never converted. Reads and writes no file; which row is which item is told elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .cells import RESERVED_TYPES, AttributeType, Cell, checked_cell
from .column import EMPTY, Column, Places, StringColumn, StringsColumn

Records: TypeAlias = Mapping[int, Mapping[str, object]]
"""Row → attribute → value."""


@dataclass(frozen=True, eq=False)
class Columns:
    """The attributes of `row_count` items; every column has that many rows."""

    row_count: int
    by_name: Mapping[str, Column]

    @classmethod
    def from_records(
        cls,
        records: Sequence[Mapping[str, object]],
        types: Mapping[str, AttributeType] | None = None,
    ) -> Self:
        """
        One row a record, in order; None and NaN are missing.

        A type comes from `RESERVED_TYPES`, else from `types`, else from the attribute's first
        value. An attribute of `types` gets a column even where no record has it.

        Raises:
            AttributeTypeConflict: a value is not of its attribute's type, or of no type at all.
        """
        nowhere = np.full(len(records), -1, np.int32)
        return cls(0, {}).relaid(nowhere, dict(enumerate(records)), types or {})

    def relaid(
        self,
        places: Places,
        records: Records,
        types: Mapping[str, AttributeType],
    ) -> Self:
        """
        Another state of the items: each row as it was in its place here, or as its record says.

        Nothing of this state changes. Costs what copying the columns costs, and a walk through the
        records.

        Args:
            places: -1 for rows that are new, or have a record.
            records: by row; whole, since nothing is left of what was there before.
            types: as in `from_records`; an attribute that is here keeps its type.

        Raises:
            AttributeTypeConflict
        """
        return self.moved(places, records, types).lean()

    def moved(self, places: Places, records: Records, types: Mapping[str, AttributeType]) -> Self:
        """As `relaid`, and every text keeps its code."""
        known = {**types, **RESERVED_TYPES, **self.types}
        cells = _cells(records, known)
        rows = np.fromiter(records, np.int32, len(records))
        columns = {name: column.taken(places) for name, column in self.by_name.items()}
        return type(self)(
            len(places),
            {
                name: column.rewritten(rows, cells.get(name, {}))
                for name, column in _with(columns, (*types, *cells), known, len(places)).items()
            },
        )

    def lean(self) -> Self:
        """The same without the texts that no row says any more."""
        lean = {
            name: column.lean() if isinstance(column, StringColumn | StringsColumn) else column
            for name, column in self.by_name.items()
        }
        return type(self)(self.row_count, lean)

    def overwritten(self, rows: Places, other: Self) -> Self:
        """
        The same with other rows in some places: written into the arrays of this state, which
        therefore nobody else may be reading, and which is not to be used any more.

        Costs no more for many rows than for few; where lists of texts are among the others, a copy
        of the column's codes.

        Args:
            rows: where each row of the other goes.
            other: made of this state's columns by `moved`: their codes are of the same texts.
        """
        columns = _with(dict(self.by_name), other.names, other.types, self.row_count)
        return type(self)(
            self.row_count,
            {
                name: column.overwritten(rows, other.by_name[name])  # type: ignore[arg-type]
                for name, column in columns.items()
            },
        )

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.by_name)

    @property
    def types(self) -> dict[str, AttributeType]:
        return {name: column.type for name, column in self.by_name.items()}

    def fits(self, types: Mapping[str, AttributeType]) -> bool:
        """Whether no attribute is of another type there."""
        return all(types.get(name, kind) is kind for name, kind in self.types.items())

    def column(self, name: str) -> Column | None:
        """The column, or None where no item has ever had the attribute."""
        return self.by_name.get(name)

    def value(self, row: int, name: str) -> object | None:
        """The value as it is sent in JSON; None where it, or the whole attribute, is missing."""
        column = self.by_name.get(name)
        return None if column is None else column.value(row)

    def values(self, rows: NDArray[np.integer[Any]], name: str) -> list[Any]:
        """The values of several rows, None where there is none: what `value` says of each."""
        match self.by_name.get(name):
            case None:
                return [None] * len(rows)
            case StringColumn(codes=codes, values=values):
                return [values[code] if code >= 0 else None for code in codes[rows].tolist()]
            case column:
                return [column.value(row) for row in rows.tolist()]

    def record(self, row: int, names: Iterable[str]) -> dict[str, object]:
        """Those of the named attributes that the row has."""
        values = {name: self.value(row, name) for name in names}
        return {name: value for name, value in values.items() if value is not None}


def _with(
    columns: dict[str, Column],
    names: Iterable[str],
    types: Mapping[str, AttributeType],
    row_count: int,
) -> dict[str, Column]:
    """The columns, and empty ones for those of the names that they lack."""
    nowhere = np.full(row_count, -1, np.int32)
    for name in names:
        if name not in columns:
            columns[name] = EMPTY[types[name]].taken(nowhere)
    return columns


def _cells(records: Records, known: dict[str, AttributeType]) -> dict[str, dict[int, Cell]]:
    """By attribute; `known` learns the types of those that it does not know."""
    cells: dict[str, dict[int, Cell]] = {}
    for row, record in records.items():
        for name, value in record.items():
            if value is not None and value == value:  # noqa: PLR0124 (NaN alone differs from itself)
                cells.setdefault(name, {})[row] = checked_cell(name, value, known)
    return cells
