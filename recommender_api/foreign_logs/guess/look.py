"""
A look into a file: its columns and what a sample of their values is like.

The sample is drawn from the whole file, with a fixed seed; kinds' words come from all of it.
"""

# ruff: noqa: S608 (names are our own; what comes from outside goes through literal())

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import duckdb

from recommender_api.foreign_logs.declarations.log_file import LogFile
from recommender_api.foreign_logs.staging.moments import fitting_formats
from recommender_api.foreign_logs.staging.session import Resources, duckdb_session
from recommender_api.foreign_logs.tables.open_table import open_table
from recommender_api.foreign_logs.tables.opening import BROKEN_COMPRESSION, open_bytes
from recommender_api.foreign_logs.tables.table import Table, first_column

SAMPLE_ROWS = 5000
HEAD_BYTES = 4 << 20
_LINES_BY_BYTE = {"utf-8", "utf-8-sig", "ascii", "iso8859-1", "cp1252"}
WORDS_LIMIT = 50
"""A column with more different texts does not name kinds."""


class Facts(NamedTuple):
    """What the sample says of a column."""

    filled: int
    distinct: int
    numbers: int
    decimals: int
    """Numbers with digits after the point that are not all 0."""
    saved_as_floats: int
    """Whole numbers written 17850.0."""
    low: float | None
    high: float | None


class Look:
    """One file, opened and sampled."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: Table, file: LogFile) -> None:
        self._connection = connection
        self._table = table
        self._formats: dict[str, list[str]] = {}
        self.path = table.path
        self.file = file
        self.columns = table.columns
        connection.execute(
            f"CREATE TABLE sample AS SELECT * FROM ({table.relation(table.columns)}) "
            f"USING SAMPLE reservoir({SAMPLE_ROWS} ROWS) REPEATABLE (1)"
        )

    @cached_property
    def facts(self) -> dict[str, Facts]:
        return {name: self._facts_of(at) for at, name in enumerate(self.columns)}

    def formats(self, name: str) -> list[str]:
        """The time formats that every sampled value of a column is in."""
        if name not in self._formats:
            texts = f"(SELECT {self._text(name)} AS t FROM sample WHERE {self._text(name)} <> '')"
            fits = self.facts[name].filled > 0
            self._formats[name] = fitting_formats(self._connection, texts) if fits else []
        return self._formats[name]

    def has_zoneless(self, name: str) -> bool:
        """Whether some sampled ISO time of a column has no zone."""
        pattern = r".*[T ]\d{1,2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)|.* [A-Z]\w+.*"
        query = (
            f"SELECT count(*) FROM sample WHERE {self._text(name)} <> '' "
            f"AND NOT regexp_full_match({self._text(name)}, '{pattern}')"
        )
        return first_column(self._connection, query) != [0]

    def type_of(self, name: str) -> str:
        return self._table.type_of(name)

    def json_type(self, name: str) -> str | None:
        """What the first JSON lines hold there: text, number, boolean, list or object."""
        return self._table.json_type(name)

    def share_with(self, name: str, part: str) -> float:
        """How many of a column's filled cells contain a text."""
        query = (
            f"SELECT coalesce(avg(CAST(contains({self._text(name)}, '{part}') AS INTEGER)), 0) "
            f"FROM sample WHERE {self._text(name)} <> ''"
        )
        return float(str(first_column(self._connection, query)[0]))

    def has_leading_zeros(self, name: str) -> bool:
        query = f"SELECT count(*) FROM sample WHERE regexp_full_match({self._text(name)}, '0\\d+')"
        return first_column(self._connection, query) != [0]

    def words(self, name: str) -> list[str] | None:
        """All different texts of a column in the whole file; None when there are too many."""
        rows = first_column(
            self._connection,
            f"SELECT DISTINCT CAST(v0 AS VARCHAR) AS word FROM ({self._table.relation([name])}) "
            f"WHERE CAST(v0 AS VARCHAR) <> '' ORDER BY word LIMIT {WORDS_LIMIT + 1}",
        )
        return None if len(rows) > WORDS_LIMIT else [str(row) for row in rows]

    def _text(self, name: str) -> str:
        return f"CAST(v{self.columns.index(name)} AS VARCHAR)"

    def _facts_of(self, at: int) -> Facts:
        text = f"CAST(v{at} AS VARCHAR)"
        number = f"TRY_CAST({text} AS DOUBLE)"
        row = self._connection.execute(
            f"SELECT count(*), count(DISTINCT {text}), count({number}), "
            f"count(*) FILTER ({number} <> trunc({number})), "
            f"count(*) FILTER (regexp_full_match({text}, '\\d+\\.0+')), "
            f"min({number}), max({number}) FROM sample WHERE {text} <> ''"
        ).fetchall()[0]
        return Facts(*row)


@contextmanager
def looking(path: Path, file: LogFile, *, at_head: bool = False) -> Iterator[Look]:
    """
    Open a file for a look; ``at_head`` at its first megabytes only, enough to tell a known log.

    Raises:
        ForeignLogError: it cannot be read.
    """
    with TemporaryDirectory(prefix="looking-") as folder:
        work = Path(folder)
        looked_at = _head_of(path, file, work) if at_head else path
        with duckdb_session(work, Resources(threads=1)) as connection:
            look = Look(connection, open_table(connection, looked_at, file, work / "0"), file)
            look.path = path
            yield look


def _head_of(path: Path, file: LogFile, work: Path) -> Path:
    """A file's first megabytes in whole lines, decompressed; the file itself where it is short."""
    if file.format == "parquet" or codecs.lookup(file.encoding).name not in _LINES_BY_BYTE:
        return path
    try:
        with open_bytes(path) as stream:
            head = stream.read(HEAD_BYTES)
    except BROKEN_COMPRESSION:
        return path
    lines, newline, _ = head.rpartition(b"\n")
    if len(head) < HEAD_BYTES or not newline:
        return path
    short = work / "head"
    short.write_bytes(lines + newline)
    return short
