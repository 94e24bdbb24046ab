"""
One attribute of every item, by its type: codes and floats, one cell a row.

A missing value is the code -1, NaN or an empty list. The arrays may be mapped from a file; who
calls `rewritten` or `overwritten` writes into them, and had better be the only one who reads them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar, Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .cells import AttributeType
from .texts import Texts

Cells: TypeAlias = Mapping[int, Any]
"""Row → cell of one column; which kind of cell, the column's type says."""
Places: TypeAlias = NDArray[np.integer[Any]]
"""[rows]: the row in an older state that each row comes from, -1 for none."""


@dataclass(frozen=True, eq=False)
class _Coded:
    """`codes` (int32) are numbers of `values`; a text that no row says any more may stay there."""

    codes: NDArray[np.int32]
    values: Texts

    def code_of(self, text: str) -> int | None:
        """The code of a value; None where no row has it."""
        return self.values.number_of(text)

    def said(self) -> NDArray[np.bool_]:
        """Of each value, whether a cell says it."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values)) > 0

    def lean(self) -> Self:
        """The same, coded anew where a value is no cell's any more."""
        is_said = self.said()
        if is_said.all():
            return self
        anew = np.append(np.cumsum(is_said, dtype=np.int32) - 1, np.int32(-1))
        return replace(self, codes=anew[self.codes], values=self.values.without(is_said))


@dataclass(frozen=True, eq=False)
class StringColumn(_Coded):
    """A code a row, -1 missing."""

    type: ClassVar = AttributeType.STRING

    @cached_property
    def value_count(self) -> int:
        """How many different values the rows have."""
        return int(np.count_nonzero(self.said()))

    @cached_property
    def cell_count(self) -> int:
        """How many rows have one."""
        return int(np.count_nonzero(self.codes >= 0))

    def value(self, row: int) -> str | None:
        code = int(self.codes[row])
        return self.values[code] if code >= 0 else None

    def taken(self, places: Places) -> Self:
        return replace(self, codes=_spread(self.codes, places, -1))

    def rewritten(self, rows: Places, cells: Cells) -> Self:
        codes, values = self.values.numbers_of(cells.values())
        self.codes[rows] = -1
        self.codes[list(cells)] = codes
        return replace(self, values=values)

    def overwritten(self, rows: Places, other: Self) -> Self:
        self.codes[rows] = other.codes
        return replace(self, values=other.values)


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

    def taken(self, places: Places) -> Self:
        return type(self)(_spread(self.numbers, places, np.nan))

    def rewritten(self, rows: Places, cells: Cells) -> Self:
        _write(self.numbers, np.nan, rows, cells)
        return self

    def overwritten(self, rows: Places, other: Self) -> Self:
        self.numbers[rows] = other.numbers
        return self


@dataclass(frozen=True, eq=False)
class BooleanColumn:
    """int8: 1 true, 0 false, -1 missing."""

    type: ClassVar = AttributeType.BOOLEAN
    flags: NDArray[np.int8]

    def value(self, row: int) -> bool | None:
        flag = self.flags[row]
        return bool(flag) if flag >= 0 else None

    def taken(self, places: Places) -> Self:
        return type(self)(_spread(self.flags, places, -1))

    def rewritten(self, rows: Places, cells: Cells) -> Self:
        _write(self.flags, -1, rows, cells)
        return self

    def overwritten(self, rows: Places, other: Self) -> Self:
        self.flags[rows] = other.flags
        return self


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

    def taken(self, places: Places) -> Self:
        return type(self)(_spread(self.times_s, places, np.nan))

    def rewritten(self, rows: Places, cells: Cells) -> Self:
        _write(self.times_s, np.nan, rows, cells)
        return self

    def overwritten(self, rows: Places, other: Self) -> Self:
        self.times_s[rows] = other.times_s
        return self


@dataclass(frozen=True, eq=False)
class StringsColumn(_Coded):
    """
    Row r holds `codes[starts[r]:ends[r]]`, in the order sent; none of them is missing. Codes that
    lie in no row's list are nobody's.
    """

    type: ClassVar = AttributeType.STRINGS
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @cached_property
    def value_count(self) -> int:
        """How many different values the rows have."""
        return int(np.count_nonzero(self.taken(np.arange(len(self.starts))).said()))

    @cached_property
    def cell_count(self) -> int:
        """How many values all rows have together."""
        return int((self.ends - self.starts).sum())

    def codes_of(self, row: int) -> NDArray[np.int32]:
        return self.codes[self.starts[row] : self.ends[row]]

    def value(self, row: int) -> list[str] | None:
        return [self.values[code] for code in self.codes_of(row).tolist()] or None

    def taken(self, places: Places) -> Self:
        starts = _spread(self.starts, places, 0)
        lengths = _spread(self.ends, places, 0) - starts
        ends = np.cumsum(lengths)
        taken = np.repeat(starts - (ends - lengths), lengths) + np.arange(lengths.sum())
        return type(self)(self.codes[taken], self.values, ends - lengths, ends)

    def rewritten(self, rows: Places, cells: Cells) -> Self:
        told = [text for each in cells.values() for text in each]
        codes, values = self.values.numbers_of(told)
        lengths = np.array([len(each) for each in cells.values()], np.int64)
        ends = len(self.codes) + np.cumsum(lengths)
        self.starts[rows] = self.ends[rows] = 0
        self.starts[list(cells)], self.ends[list(cells)] = ends - lengths, ends
        return replace(self, codes=_joined(self.codes, np.array(codes, np.int32)), values=values)

    def overwritten(self, rows: Places, other: Self) -> Self:
        before = len(self.codes)
        self.starts[rows], self.ends[rows] = before + other.starts, before + other.ends
        return replace(self, codes=_joined(self.codes, other.codes), values=other.values)


Column: TypeAlias = StringColumn | NumberColumn | BooleanColumn | TimeColumn | StringsColumn

_NO_CODES, _NO_PLACES = np.empty(0, np.int32), np.empty(0, np.int64)
EMPTY: Final[Mapping[AttributeType, Column]] = {
    each.type: each
    for each in (
        StringColumn(_NO_CODES, Texts()),
        NumberColumn(np.empty(0)),
        BooleanColumn(np.empty(0, np.int8)),
        TimeColumn(np.empty(0)),
        StringsColumn(_NO_CODES, Texts(), _NO_PLACES, _NO_PLACES),
    )
}
"""A column of each type, before it has a row."""


def _spread(column: NDArray[Any], places: Places, missing: float) -> NDArray[Any]:
    """Each row's number from its place; `missing` where it has none."""
    spread = np.full(len(places), missing, column.dtype)
    has_place = places >= 0
    spread[has_place] = column[places[has_place]]
    return spread


def _joined(codes: NDArray[np.int32], more: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.concatenate([codes, more]) if len(more) else codes


def _write(column: NDArray[Any], missing: float, rows: Places, cells: Cells) -> None:
    column[rows] = missing
    column[list(cells)] = list(cells.values())
