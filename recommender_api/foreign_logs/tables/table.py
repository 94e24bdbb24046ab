"""
A log as DuckDB reads it: its rows in order, numbered from 0, and what was no row.

``relation`` is the one thing the rest of the room needs of a file, whatever its format.
"""

import re
from collections.abc import Iterator, Sequence
from heapq import merge
from pathlib import Path
from typing import Protocol

import duckdb

from recommender_api.foreign_logs.errors import ColumnMissing, ReadingFailed

from .line_faults import LineFaults
from .line_numbers import LineNumbers


class Table(Protocol):
    """One file of a log."""

    path: Path
    columns: tuple[str, ...]
    """What a mapping can name; for JSON lines, what the first lines hold."""
    records: int
    """How many rows the relation gives."""
    numbers: LineNumbers
    faults: tuple[LineFaults, ...]
    is_json: bool
    """Lists and objects are JSON texts."""

    def relation(self, names: Sequence[str]) -> str:
        """SQL that gives ``row`` and, for the n-th name, ``v<n>``; NULL where there is none."""
        ...

    def type_of(self, name: str) -> str:
        """DuckDB's name of a column's type."""
        ...

    def json_type(self, name: str) -> str | None:
        """In JSON lines, what a value is: text, number, boolean, list or object."""
        ...

    def has(self, name: str) -> bool: ...


def check_columns(table: Table, names: Sequence[str], optional: set[str]) -> None:
    """
    See that the file has what the mapping names.

    Raises:
        ColumnMissing: it has not.
    """
    for name in names:
        if name not in optional and not table.has(name):
            raise ColumnMissing(table.path, name, table.columns)


def check_none_is_lost(tables: Sequence[Table], rows: int) -> None:
    """
    Hold DuckDB's reader to what the walk over the lines found.

    Raises:
        ReadingFailed: it read more or less.
    """
    expected = sum(table.records for table in tables)
    if rows != expected:
        raise ReadingFailed(f"{expected:,} rows were seen in the files and {rows:,} were read")


def line_faults(table: Table) -> Iterator[dict[str, str | int]]:
    """Everything in the file that is no row, in the order of the lines."""
    return merge(*table.faults, key=lambda fault: fault["line"])


def unreadable_lines(table: Table) -> int:
    return sum(faults.counts.total() for faults in table.faults)


def literal(text: str) -> str:
    """Write a text as SQL; a NUL, which no SQL text can hold, never compares equal."""
    return "'" + text.replace("'", "''").replace("\0", "\ufffd") + "'"


def path_literal(path: Path) -> str:
    """Write a path as SQL so that DuckDB takes its brackets, stars and question marks as such."""
    return literal(re.sub(r"[\[*?]", lambda sign: f"[{sign.group()}]", str(path)))


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def without_nulls(expression: str, null_values: Sequence[str]) -> str:
    if not null_values:
        return expression
    nulls = ", ".join(map(literal, null_values))
    return f"CASE WHEN CAST({expression} AS VARCHAR) IN ({nulls}) THEN NULL ELSE {expression} END"


def first_column(connection: duckdb.DuckDBPyConnection, query: str) -> list[object]:
    return [row[0] for row in connection.execute(query).fetchall()]
