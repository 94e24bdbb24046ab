"""
Item attributes as typed columns in memory: codes and floats, one cell a row.

Records (attribute name → value) come in, numpy arrays that a filter can scan go out. A missing
value is the code -1, NaN or an empty list. A column keeps its type: a value of another type is
refused, never converted. Reads and writes no file; which row is which item is told elsewhere.
"""

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from recommender_store.errors import StoreError

from .change import RESERVED, moment
from .types import type_of

Cell: TypeAlias = str | float | bool | tuple[str, ...]

_Cells: TypeAlias = Mapping[int, Any]
"""Row → cell of one column; which kind of cell, the column's type says."""


class AttributeType(StrEnum):
    """What the values of one attribute are; the words are those of a tenant's settings."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    STRINGS = "strings"


RESERVED_TYPES: Final[Mapping[str, AttributeType]] = MappingProxyType(
    {
        "item_id": AttributeType.STRING,
        **{name: AttributeType(word) for name, word in RESERVED.items()},
    }
)
"""Types that no setting and no first value changes."""


class AttributeTypeConflict(StoreError):  # noqa: N818 (what happened, as in the room's errors)
    """A value of another type than its attribute has."""

    code: ClassVar[str] = "attribute_type_conflict"

    def __init__(self, *, attribute: str, expected: str, given: str) -> None:
        super().__init__(
            f"attribute '{attribute}' takes a {expected}, but was given a {given}: "
            "send that type, or use another attribute name"
        )
        self.attribute = attribute
        self.expected = expected
        self.given = given


def epoch_s(text: str) -> float:
    """
    Seconds since 1970 of an RFC 3339 time.

    Raises:
        ValueError: it is not a time, or has no zone.
    """
    return min(max(moment(text).timestamp(), _FIRST_S), _LAST_S)


# A zone can push a time out of the years 1 to 9999; it is held at their edge.
_FIRST_S: Final = datetime.min.replace(tzinfo=UTC).timestamp()
_LAST_S: Final = datetime.max.replace(tzinfo=UTC, microsecond=0).timestamp()


def read_cell(value: object, expected: AttributeType) -> Cell | None:
    """The value as a cell of that type (a time as epoch seconds); None where it is not one."""
    return _READ[expected](value)


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= sys.float_info.max else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _time_s(value: object) -> float | None:
    try:
        return epoch_s(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _strings(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        return None
    return tuple(value)


_READ: Final[Mapping[AttributeType, Callable[[object], Cell | None]]] = {
    AttributeType.STRING: _string,
    AttributeType.NUMBER: _number,
    AttributeType.BOOLEAN: _boolean,
    AttributeType.TIME: _time_s,
    AttributeType.STRINGS: _strings,
}


class _Coded:
    values: Sequence[str]

    def code_of(self, text: str) -> int | None:
        """The code of a value, in constant time; None where no row has it."""
        return self._code_by_value.get(text)

    @cached_property
    def _code_by_value(self) -> dict[str, int]:
        return {value: code for code, value in enumerate(self.values)}


@dataclass(frozen=True, eq=False)
class StringColumn(_Coded):
    """`codes` (int32, -1 missing) point into `values`, which are distinct, in any order."""

    type: ClassVar = AttributeType.STRING
    codes: NDArray[np.int32]
    values: Sequence[str]

    def value(self, row: int) -> str | None:
        code = self.codes[row]
        return self.values[code] if code >= 0 else None

    @classmethod
    def from_cells(cls, cells: _Cells, row_count: int) -> Self:
        codes, values = _encode(cells.values())
        spread = np.full(row_count, -1, np.int32)
        spread[list(cells)] = codes
        return cls(spread, values)


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

    @classmethod
    def from_cells(cls, cells: _Cells, row_count: int) -> Self:
        return cls(_spread_floats(cells, row_count))


@dataclass(frozen=True, eq=False)
class BooleanColumn:
    """int8: 1 true, 0 false, -1 missing."""

    type: ClassVar = AttributeType.BOOLEAN
    flags: NDArray[np.int8]

    def value(self, row: int) -> bool | None:
        flag = self.flags[row]
        return bool(flag) if flag >= 0 else None

    @classmethod
    def from_cells(cls, cells: _Cells, row_count: int) -> Self:
        flags = np.full(row_count, -1, np.int8)
        flags[list(cells)] = np.array(list(cells.values()), np.int8)
        return cls(flags)


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

    @classmethod
    def from_cells(cls, cells: _Cells, row_count: int) -> Self:
        return cls(_spread_floats(cells, row_count))


@dataclass(frozen=True, eq=False)
class StringsColumn(_Coded):
    """Row r holds `codes[indptr[r]:indptr[r + 1]]`, in the order sent; none of them is missing."""

    type: ClassVar = AttributeType.STRINGS
    indptr: NDArray[np.int64]
    codes: NDArray[np.int32]
    values: Sequence[str]

    def value(self, row: int) -> list[str] | None:
        codes = self.codes[self.indptr[row] : self.indptr[row + 1]]
        return [self.values[code] for code in codes] or None

    @classmethod
    def from_cells(cls, cells: _Cells, row_count: int) -> Self:
        lists = [cells.get(row, ()) for row in range(row_count)]
        indptr = np.zeros(row_count + 1, np.int64)
        np.cumsum([len(each) for each in lists], out=indptr[1:])
        codes, values = _encode(text for each in lists for text in each)
        return cls(indptr, np.array(codes, np.int32), values)


Column: TypeAlias = StringColumn | NumberColumn | BooleanColumn | TimeColumn | StringsColumn

_BUILD: Final[Mapping[AttributeType, Callable[[_Cells, int], Column]]] = {
    each.type: each.from_cells
    for each in (StringColumn, NumberColumn, BooleanColumn, TimeColumn, StringsColumn)
}


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
        known = {**(types or {}), **RESERVED_TYPES}
        cells: dict[str, dict[int, Cell]] = {name: {} for name in types or {}}
        for row, record in enumerate(records):
            for name, value in record.items():
                if value is not None and value == value:  # noqa: PLR0124 (NaN alone differs from itself)
                    cells.setdefault(name, {})[row] = _checked(name, value, known)
        return cls(
            len(records),
            {name: _BUILD[known[name]](each, len(records)) for name, each in cells.items()},
        )

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


def _checked(name: str, value: Any, known: dict[str, AttributeType]) -> Cell:
    """The value as a cell; fixes the type of an attribute that is met for the first time."""
    expected = known.get(name)
    if expected is None:
        expected = known[name] = AttributeType(type_of(value) or AttributeType.STRING)
    cell = read_cell(value, expected)
    if cell is None:
        given = AttributeType(type_of(value) or AttributeType.STRING)
        word = given if read_cell(value, given) is not None else type(value).__name__
        raise AttributeTypeConflict(attribute=name, expected=expected, given=word)
    return cell


def _encode(texts: Iterable[str]) -> tuple[list[int], list[str]]:
    code_by_text: dict[str, int] = {}
    codes = [code_by_text.setdefault(text, len(code_by_text)) for text in texts]
    return codes, list(code_by_text)


def _spread_floats(cells: _Cells, row_count: int) -> NDArray[np.float64]:
    spread = np.full(row_count, np.nan)
    spread[list(cells)] = np.array(list(cells.values()), np.float64)
    return spread
