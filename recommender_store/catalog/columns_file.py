"""
Columns as named arrays, and back: `<attribute>.<part>`, as they lie in a file of arrays.
"""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from .cells import AttributeType
from .column import BooleanColumn, Column, NumberColumn, StringColumn, StringsColumn, TimeColumn
from .columns import Columns
from .texts import TextArrays, Texts

Arrays = Mapping[str, NDArray[Any]]


def arrays_of(columns: Columns) -> dict[str, NDArray[Any]]:
    """Every array of the columns; their types have to be told beside them."""
    return {
        f"{name}.{part}": array
        for name, column in columns.by_name.items()
        for part, array in _parts(column).items()
    }


def columns_of(arrays: Arrays, types: Mapping[str, AttributeType], row_count: int) -> Columns:
    """The first rows of what `arrays_of` was given: slices, nothing is copied."""
    return Columns(
        row_count,
        {
            name: _column(_Parts(arrays, name, row_count), attribute_type)
            for name, attribute_type in types.items()
        },
    )


def _parts(column: Column) -> dict[str, NDArray[Any]]:
    match column:
        case NumberColumn(numbers=numbers):
            return {"numbers": numbers}
        case BooleanColumn(flags=flags):
            return {"flags": flags}
        case TimeColumn(times_s=times_s):
            return {"times_s": times_s}
        case StringColumn(codes=codes, values=values):
            return {"codes": codes, **values.arrays()._asdict()}
    lists = {"starts_of_rows": column.starts, "ends_of_rows": column.ends, "codes": column.codes}
    return {**lists, **column.values.arrays()._asdict()}


class _Parts:
    """The arrays of one attribute."""

    def __init__(self, arrays: Arrays, name: str, row_count: int) -> None:
        self._arrays = arrays
        self._name = name
        self._row_count = row_count

    def whole(self, part: str) -> NDArray[Any]:
        return self._arrays[f"{self._name}.{part}"]

    def by_row(self, part: str) -> NDArray[Any]:
        return self.whole(part)[: self._row_count]

    def texts(self) -> Texts:
        return Texts(TextArrays(*map(self.whole, TextArrays._fields)))


def _column(parts: _Parts, attribute_type: AttributeType) -> Column:
    match attribute_type:
        case AttributeType.NUMBER:
            return NumberColumn(parts.by_row("numbers"))
        case AttributeType.BOOLEAN:
            return BooleanColumn(parts.by_row("flags"))
        case AttributeType.TIME:
            return TimeColumn(parts.by_row("times_s"))
        case AttributeType.STRING:
            return StringColumn(parts.by_row("codes"), parts.texts())
        case AttributeType.STRINGS:
            starts, ends = parts.by_row("starts_of_rows"), parts.by_row("ends_of_rows")
            return StringsColumn(parts.whole("codes"), parts.texts(), starts, ends)
