"""
Item attributes as typed columns in memory: codes and floats, one cell a row.

Records (attribute name → value) come in, numpy arrays that a filter can scan go out. A missing
value is the code -1, NaN or an empty list. A column keeps its type: a value of another type is
refused, never converted. Reads and writes no file; which row is which item is told elsewhere.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar, Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .cells import RESERVED_TYPES, AttributeType, Cell, checked_cell

_Cells: TypeAlias = Mapping[int, Any]
"""Row → cell of one column; which kind of cell, the column's type says."""
Places: TypeAlias = NDArray[np.int32]
"""[rows]: the row in an older state that each row comes from, -1 for none."""


@dataclass(frozen=True, eq=False)
class _Coded:
    """`codes` (int32) are numbers of texts, each of which some cell says."""

    codes: NDArray[np.int32]
    code_by_value: Mapping[str, int]
    """Numbered from 0, in order."""

    def code_of(self, text: str) -> int | None:
        """The code of a value, in constant time; None where no row has it."""
        return self.code_by_value.get(text)

    @cached_property
    def values(self) -> Sequence[str]:
        """By code."""
        return list(self.code_by_value)

    def _coding(self, texts: Iterable[str]) -> tuple[list[int], Mapping[str, int]]:
        """Codes of more texts, and those of all."""
        texts = list(texts)
        known = self.code_by_value
        unknown = dict.fromkeys(text for text in texts if text not in known)
        if unknown:
            known = {**known, **{text: code for code, text in enumerate(unknown, len(known))}}
        return [known[text] for text in texts], known


@dataclass(frozen=True, eq=False)
class StringColumn(_Coded):
    """A code a row, -1 missing."""

    type: ClassVar = AttributeType.STRING

    def value(self, row: int) -> str | None:
        code = self.codes[row]
        return self.values[code] if code >= 0 else None

    def relaid(self, places: Places, cells: _Cells) -> Self:
        codes, known = self._coding(cells.values())
        spread = _spread(self.codes, places, -1)
        spread[list(cells)] = codes
        return type(self)(*_without_dead(spread, known))


@dataclass(frozen=True, eq=False)
class NumberColumn:
    """float64, NaN missing; a whole number reads back as int."""

    type: ClassVar = AttributeType.NUMBER
    numbers: NDArray[np.float64]

    def value(self, row: int) -> float | None:
        number = float(self.numbers[row])
        if math.isnan(number):
            return None
        return int(number) if number.is_integer() else number

    def relaid(self, places: Places, cells: _Cells) -> Self:
        return type(self)(_relaid(self.numbers, places, np.nan, cells))


@dataclass(frozen=True, eq=False)
class BooleanColumn:
    """int8: 1 true, 0 false, -1 missing."""

    type: ClassVar = AttributeType.BOOLEAN
    flags: NDArray[np.int8]

    def value(self, row: int) -> bool | None:
        flag = self.flags[row]
        return bool(flag) if flag >= 0 else None

    def relaid(self, places: Places, cells: _Cells) -> Self:
        return type(self)(_relaid(self.flags, places, -1, cells))


@dataclass(frozen=True, eq=False)
class TimeColumn:
    """float64 seconds since 1970, NaN missing; reads back as RFC 3339 in UTC, to the µs."""

    type: ClassVar = AttributeType.TIME
    times_s: NDArray[np.float64]

    def value(self, row: int) -> str | None:
        time_s = float(self.times_s[row])
        if math.isnan(time_s):
            return None
        return datetime.fromtimestamp(time_s, UTC).isoformat().replace("+00:00", "Z")

    def relaid(self, places: Places, cells: _Cells) -> Self:
        return type(self)(_relaid(self.times_s, places, np.nan, cells))


@dataclass(frozen=True, eq=False)
class StringsColumn(_Coded):
    """Row r holds `codes[indptr[r]:indptr[r + 1]]`, in the order sent; none of them is missing."""

    type: ClassVar = AttributeType.STRINGS
    indptr: NDArray[np.int64]

    def value(self, row: int) -> list[str] | None:
        codes = self.codes[self.indptr[row] : self.indptr[row + 1]]
        return [self.values[code] for code in codes] or None

    def relaid(self, places: Places, cells: _Cells) -> Self:
        codes, known = self._coding(text for each in cells.values() for text in each)
        every = np.concatenate([self.codes, np.array(codes, np.int32)])
        lengths = _spread(np.diff(self.indptr), places, 0)
        starts = _spread(self.indptr[:-1], places, 0)
        told = np.array([len(each) for each in cells.values()], np.int64)
        lengths[list(cells)] = told
        starts[list(cells)] = len(self.codes) + np.cumsum(told) - told
        indptr = np.concatenate([[0], np.cumsum(lengths)])
        taken = np.repeat(starts - indptr[:-1], lengths) + np.arange(indptr[-1])
        return type(self)(*_without_dead(every[taken], known), indptr)


Column: TypeAlias = StringColumn | NumberColumn | BooleanColumn | TimeColumn | StringsColumn

_NO_CODES = np.empty(0, np.int32)
_EMPTY: Final[Mapping[AttributeType, Column]] = {
    each.type: each
    for each in (
        StringColumn(_NO_CODES, {}),
        NumberColumn(np.empty(0)),
        BooleanColumn(np.empty(0, np.int8)),
        TimeColumn(np.empty(0)),
        StringsColumn(_NO_CODES, {}, np.zeros(1, np.int64)),
    )
}
"""A column of each type, before it has a row."""


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
        records: Mapping[int, Mapping[str, object]],
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
        known = {**types, **RESERVED_TYPES, **self.types}
        cells = _cells(records, known)
        relaid = {
            name: column.relaid(places, cells.get(name, {}))
            for name, column in self.by_name.items()
        }
        nowhere = np.full_like(places, -1)
        more = {
            name: _EMPTY[known[name]].relaid(nowhere, cells.get(name, {}))
            for name in (*types, *cells)
            if name not in relaid
        }
        return type(self)(len(places), relaid | more)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.by_name)

    @property
    def types(self) -> dict[str, AttributeType]:
        return {name: column.type for name, column in self.by_name.items()}

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
            case StringsColumn() | TimeColumn() | NumberColumn() | BooleanColumn() as column:
                return [column.value(row) for row in rows.tolist()]

    def record(self, row: int, names: Iterable[str]) -> dict[str, object]:
        """Those of the named attributes that the row has."""
        values = {name: self.value(row, name) for name in names}
        return {name: value for name, value in values.items() if value is not None}


def _cells(
    records: Mapping[int, Mapping[str, object]], known: dict[str, AttributeType]
) -> dict[str, dict[int, Cell]]:
    """By attribute; `known` learns the types of those that it does not know."""
    cells: dict[str, dict[int, Cell]] = {}
    for row, record in records.items():
        for name, value in record.items():
            if value is not None and value == value:  # noqa: PLR0124 (NaN alone differs from itself)
                cells.setdefault(name, {})[row] = checked_cell(name, value, known)
    return cells


def _without_dead(
    codes: NDArray[np.int32], known: Mapping[str, int]
) -> tuple[NDArray[np.int32], Mapping[str, int]]:
    """The same, coded anew where a text is no cell's any more."""
    is_said = np.bincount(codes[codes >= 0], minlength=len(known)) > 0
    if is_said.all():
        return codes, known
    anew = np.append(np.cumsum(is_said, dtype=np.int32) - 1, np.int32(-1))
    said = (value for value, is_alive in zip(known, is_said.tolist(), strict=True) if is_alive)
    return anew[codes], {value: code for code, value in enumerate(said)}


def _spread(column: NDArray[Any], places: Places, missing: float) -> NDArray[Any]:
    """Each row's number from its place; `missing` where it has none."""
    spread = np.full(len(places), missing, column.dtype)
    has_place = places >= 0
    spread[has_place] = column[places[has_place]]
    return spread


def _relaid(column: NDArray[Any], places: Places, missing: float, cells: _Cells) -> NDArray[Any]:
    spread = _spread(column, places, missing)
    spread[list(cells)] = list(cells.values())
    return spread
