"""
All files of a log, read into one table of candidates, and what became of them.

Each row makes one candidate per template of the mapping: events, skipped and refused add up to
rows times templates, always. Lines that are no rows stand apart, as faults of their tables.
"""

# ruff: noqa: S608 (names are our own; what comes from outside goes through literal())

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from recommender_api.foreign_logs.mapping import LogMapping
from recommender_api.foreign_logs.progress import LinesTold, Progress, Stretch, told
from recommender_api.foreign_logs.tables.open_table import open_table
from recommender_api.foreign_logs.tables.table import (
    Table,
    check_columns,
    check_none_is_lost,
    unreadable_lines,
)

from .candidates import CANONICAL, CandidateQuery
from .cells import Cells
from .moments import check_times
from .session import Resources, duckdb_session
from .verdicts import EVENT, Verdicts

CHECKING, READING = "checking", "reading"


class Staged:
    """Candidates of every file in the table ``candidates`` of ``connection``."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], verdicts: Verdicts
    ) -> None:
        self.connection = connection
        self.tables = tables
        self.verdicts = verdicts
        self.templates = 1
        self._outcomes: dict[int, int] = {}

    def count(self) -> None:
        rows = self.connection.execute("SELECT outcome, count(*) FROM candidates GROUP BY outcome")
        self._outcomes = dict(rows.fetchall())

    @property
    def events(self) -> int:
        return self._outcomes.get(EVENT, 0)

    @property
    def rows(self) -> int:
        return sum(self._outcomes.values()) // self.templates

    @property
    def unreadable(self) -> int:
        return sum(map(unreadable_lines, self.tables))

    @property
    def rejected(self) -> int:
        return sum(count for outcome, count in self._outcomes.items() if outcome < 0)

    def skipped(self) -> dict[str, int]:
        met = sorted(outcome for outcome in self._outcomes if outcome > 0)
        return {self.verdicts.skip_named(outcome): self._outcomes[outcome] for outcome in met}

    def reasons(self) -> dict[str, int]:
        """How often each code, of lines and of candidates, the most frequent first."""
        counts: Counter[str] = Counter()
        for table in self.tables:
            for faults in table.faults:
                counts.update(faults.counts)
        for outcome, count in self._outcomes.items():
            if outcome < 0:
                counts[self.verdicts.fault_of(outcome).code] += count
        return dict(counts.most_common())


@contextmanager
def staged(
    paths: Sequence[Path],
    mapping: LogMapping,
    *,
    received_at: datetime,
    work: Path,
    resources: Resources,
    progress: Progress | None = None,
) -> Iterator[Staged]:
    """
    Read every file; ``work`` is an empty folder that the caller takes away.

    What the mapping says of items comes along as ``attribute_0``, ``attribute_1``, …

    Raises:
        ForeignLogError: a file cannot be read, or the mapping does not fit it.
    """
    with duckdb_session(work, resources) as connection:
        tables = []
        lines = _lines_told(paths, progress)
        for at, path in enumerate(paths):
            table = open_table(connection, path, mapping.file, work / str(at), lines)
            _check(connection, table, mapping)
            tables.append(table)
            if lines is not None:
                lines.next_file(table.records)
        result = Staged(connection, tables, Verdicts())
        _create(connection, len(mapping.items))
        _fill(result, mapping, received_at, progress)
        result.count()
        check_none_is_lost(tables, result.rows)
        yield result


def _lines_told(paths: Sequence[Path], progress: Progress | None) -> LinesTold | None:
    if progress is None:
        return None
    return LinesTold(progress, CHECKING, [p.stat().st_size if p.is_file() else 0 for p in paths])


def attribute_columns(count: int) -> list[str]:
    return [f"attribute_{at}" for at in range(count)]


def _check(connection: duckdb.DuckDBPyConnection, table: Table, mapping: LogMapping) -> None:
    names = mapping.column_names() + [source.column for source in mapping.items.values()]
    check_columns(table, names, mapping.optional_names())
    for template in mapping.templates():
        if template.time is not None:
            check_times(connection, table, template.time)


def _create(connection: duckdb.DuckDBPyConnection, attributes: int) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in CANONICAL.items())
    more = "".join(f", {name} VARCHAR" for name in attribute_columns(attributes))
    connection.execute(
        "CREATE TABLE candidates (file INTEGER, row BIGINT, outcome SMALLINT, "
        f"{columns}, digest VARCHAR, raw VARCHAR{more})"
    )


def _fill(
    result: Staged,
    mapping: LogMapping,
    received_at: datetime,
    progress: Progress | None,
) -> None:
    templates = mapping.templates()
    result.templates = len(templates)
    names = mapping.column_names()
    names += [s.column for s in mapping.items.values() if s.column not in names]
    steps = len(result.tables) * len(templates)
    rows = 0
    for at, table in enumerate(result.tables):
        extras = _attributes(table, names, mapping)
        for turn, template in enumerate(templates):
            query = CandidateQuery(table, names, template, mapping.skip)
            step = at * len(templates) + turn
            stretch = Stretch(step / steps, (step + 1) / steps, rows, table.records)
            with told(result.connection, progress, READING, stretch):
                sql = query.sql(result.verdicts, received_at, extras)
                result.connection.execute(f"INSERT INTO candidates SELECT {at}, * FROM ({sql})")
            rows += table.records


def _attributes(table: Table, names: Sequence[str], mapping: LogMapping) -> Mapping[str, str]:
    cells = Cells(table, names)
    columns = attribute_columns(len(mapping.items))
    sources = mapping.items.values()
    return {name: cells.text_of(s.column) for name, s in zip(columns, sources, strict=True)}
