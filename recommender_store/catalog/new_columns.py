"""
Columns that are filled with many values at a time, each row once, as a whole catalog is read.

A value of another type than its attribute has counts as missing, and the attribute is named.
"""

import sys
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from .cells import RESERVED_TYPES, AttributeType, read_cell
from .column import BooleanColumn, Column, NumberColumn, StringColumn, StringsColumn, TimeColumn
from .columns import Columns
from .texts import TextArrays, Texts
from .types import type_of

Rows = NDArray[np.int64]
_PLAIN: Mapping[AttributeType, set[type]] = {
    AttributeType.STRING: {str},
    AttributeType.BOOLEAN: {bool},
}
"""Where values are of these classes alone, each is a cell."""


class NewColumns:
    """Of `row_count` rows; an attribute that has no type yet gets that of its first value."""

    def __init__(self, row_count: int, types: Mapping[str, AttributeType]) -> None:
        self._row_count = row_count
        self._types = {**types, **RESERVED_TYPES}
        self._by_name: dict[str, _Filling] = {name: self._begun(name) for name in types}
        self.field_count = 0
        """Values that are not missing, whether or not they fit."""
        self.left_out: dict[str, AttributeType] = {}
        """Attributes of which some value is of another type than this."""

    def fill(self, name: str, rows: Rows, values: Sequence[object]) -> None:
        """One value a row; None and NaN are missing."""
        if None in values:
            has_one = [value is not None for value in values]
            rows, values = rows[has_one], [value for value in values if value is not None]
        if not values:
            return
        self.field_count += len(values)
        if name not in self._types:
            self._types[name] = AttributeType(type_of(values[0]) or "string")  # type: ignore[arg-type]
        if name not in self._by_name:
            self._by_name[name] = self._begun(name)
        kind = self._types[name]
        cells = _cells(values, kind)
        fitting = [cell is not None for cell in cells] if None in cells else None
        if fitting is not None:
            rows, cells = rows[fitting], [cell for cell in cells if cell is not None]
            self.left_out[name] = kind
        self._by_name[name].fill(rows, cells)

    def columns(self) -> Columns:
        """All of them, as they are now."""
        return Columns(self._row_count, {name: one.column() for name, one in self._by_name.items()})

    def _begun(self, name: str) -> "_Filling":
        return _FILLING[self._types[name]](self._row_count)


class _Filling(ABC):
    """One attribute."""

    @abstractmethod
    def fill(self, rows: Rows, cells: Sequence[Any]) -> None: ...

    @abstractmethod
    def column(self) -> Column: ...


class _Numbers(_Filling):
    def __init__(self, row_count: int) -> None:
        self._cells = np.full(row_count, np.nan)

    @override
    def fill(self, rows: Rows, cells: Sequence[Any]) -> None:
        self._cells[rows] = cells

    @override
    def column(self) -> Column:
        return NumberColumn(self._cells)


class _Times(_Numbers):
    @override
    def column(self) -> Column:
        return TimeColumn(self._cells)


class _Booleans(_Filling):
    def __init__(self, row_count: int) -> None:
        self._flags = np.full(row_count, -1, np.int8)

    @override
    def fill(self, rows: Rows, cells: Sequence[Any]) -> None:
        self._flags[rows] = cells

    @override
    def column(self) -> Column:
        return BooleanColumn(self._flags)


class _Strings(_Filling):
    def __init__(self, row_count: int) -> None:
        self._codes = np.full(row_count, -1, np.int32)
        self._numbers = _numbers()

    @override
    def fill(self, rows: Rows, cells: Sequence[Any]) -> None:
        self._codes[rows] = _numbered(self._numbers, cells)

    @override
    def column(self) -> Column:
        return StringColumn(self._codes, _texts(self._numbers))


class _Lists(_Filling):
    def __init__(self, row_count: int) -> None:
        self._starts, self._ends = np.zeros((2, row_count), np.int64)
        self._codes: list[NDArray[np.int32]] = []
        self._code_count = 0
        self._numbers = _numbers()

    @override
    def fill(self, rows: Rows, cells: Sequence[Any]) -> None:
        lengths = np.fromiter(map(len, cells), np.int64, len(cells))
        ends = self._code_count + np.cumsum(lengths)
        self._starts[rows], self._ends[rows] = ends - lengths, ends
        self._codes.append(_numbered(self._numbers, list(chain.from_iterable(cells))))
        self._code_count += len(self._codes[-1])

    @override
    def column(self) -> Column:
        codes = np.concatenate([np.empty(0, np.int32), *self._codes])
        return StringsColumn(codes, _texts(self._numbers), self._starts, self._ends)


_FILLING: Mapping[AttributeType, Callable[[int], _Filling]] = {
    AttributeType.STRING: _Strings,
    AttributeType.NUMBER: _Numbers,
    AttributeType.BOOLEAN: _Booleans,
    AttributeType.TIME: _Times,
    AttributeType.STRINGS: _Lists,
}


def _numbers() -> defaultdict[str, int]:
    """Numbers each text that it is asked for, in order of appearance."""
    return defaultdict(count().__next__)


def _numbered(numbers: defaultdict[str, int], texts: Sequence[str]) -> NDArray[np.int32]:
    return np.fromiter(map(numbers.__getitem__, texts), np.int32, len(texts))


def _texts(numbers: Iterable[str]) -> Texts:
    return Texts(TextArrays.of(list(numbers)))


def _cells(values: Sequence[object], kind: AttributeType) -> Sequence[Any]:
    """None for what does not fit."""
    classes = set(map(type, values))
    if classes <= _PLAIN.get(kind, set()):
        return values
    if kind is AttributeType.NUMBER and classes <= {int, float}:
        numbers: Any = values
        if -sys.float_info.max <= min(numbers) and max(numbers) <= sys.float_info.max:
            return values
    return [read_cell(value, kind) for value in values]
