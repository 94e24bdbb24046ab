"""
The log as DuckDB relations: Parquet files and younger segments, each event once.

Everything is read from local files: a folder store's own, or copies in a working folder. Files
are held to their digests when they are copied, segments always.
"""

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from recommender_store.errors import ObjectMissing
from recommender_store.objects.append_log import AppendLog, Segment
from recommender_store.objects.keys import join
from recommender_store.objects.scope import Scope

from .errors import LogFileCorrupt
from .files import LogFile
from .record import COLUMNS, PARQUET_SELECT

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TRANSFERS_AT_ONCE = 8
"""What waits for the disk or the network waits side by side."""

_FILE_COLUMNS = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items()) + "}"
_EVERY_FIELD = ", ".join(COLUMNS)

FIRST_OF_TWINS = (
    "QUALIFY row_number() OVER (PARTITION BY event_id, occurred_at::DATE "
    f"ORDER BY received_at, {_EVERY_FIELD}) = 1"
)
"""Keeps one row of each identity, and the same one whatever the order of the rows."""


def connect(
    folder: Path, *, memory_limit: str | None = None, threads: int | None = None
) -> "DuckDBPyConnection":
    """A private DuckDB in UTC that spills into `folder`; nothing outlives the connection."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"SET temp_directory = {quoted(folder / 'spilled')}")
    if memory_limit:
        connection.execute(f"SET memory_limit = '{memory_limit}'")
    if threads:
        connection.execute(f"SET threads = {threads}")
    return connection


def quoted(path: Path) -> str:
    """The path as a text in SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def local_files(scope: Scope, files: Iterable[LogFile], folder: Path) -> list[Path]:
    """Paths under which the files can be read; copied into `folder` where the store is remote."""
    with ThreadPoolExecutor(TRANSFERS_AT_ONCE) as transfers:
        return list(transfers.map(lambda file: _local_file(scope, file, folder), files))


def _local_file(scope: Scope, file: LogFile, folder: Path) -> Path:
    path = folder / f"{file.sha256}.parquet"
    here = _in_place(scope, file)
    if here is not None or path.exists():
        return here or path
    try:
        scope.download(file.key, path)
    except ObjectMissing as error:
        raise _missing(scope, file) from error
    if sha256_of(path) != file.sha256:
        path.unlink()
        raise _altered(scope, file)
    return path


def blame_damaged(scope: Scope, files: Iterable[LogFile]) -> None:
    """
    Look for what made DuckDB fail, a file at a time: what it says itself names no key.

    Args:
        scope: the log's.
        files: those that were read.

    Raises:
        LogFileCorrupt: where one of the files is not what was written.
    """
    for file in files:
        here = _in_place(scope, file)  # copies were held to their digests when they were made
        if here is not None and sha256_of(here) != file.sha256:
            raise _altered(scope, file)


def _in_place(scope: Scope, file: LogFile) -> Path | None:
    try:
        return scope.local_path(file.key)
    except ObjectMissing as error:
        raise _missing(scope, file) from error


def _missing(scope: Scope, file: LogFile) -> LogFileCorrupt:
    return LogFileCorrupt(file=join(scope.prefix, file.key), reason="is missing")


def _altered(scope: Scope, file: LogFile) -> LogFileCorrupt:
    reason = "has another digest than when it was written"
    return LogFileCorrupt(file=join(scope.prefix, file.key), reason=reason)


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def create_files_view(connection: "DuckDBPyConnection", name: str, paths: Sequence[Path]) -> None:
    """A view over Parquet files; empty, with the right columns, where there are none."""
    if paths:
        listed = ", ".join(quoted(path) for path in paths)
        source, columns = f"read_parquet([{listed}])", _EVERY_FIELD
    else:
        columns = ", ".join(
            f"NULL::{'VARCHAR' if kind == 'JSON' else kind} AS {column}"
            for column, kind in COLUMNS.items()
        )
        source = "range(0)"
    connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT {columns} FROM {source}")  # noqa: S608 - our own names and quoted paths


def write_pending(log: AppendLog, pending: Iterable[Segment], path: Path) -> None:
    """The lines of all pending segments, verified, as one plain file."""
    with path.open("wb") as out:
        for segment in pending:
            out.writelines(line + b"\n" for line in log.read(segment))


def create_lines_table(connection: "DuckDBPyConnection", name: str, path: Path) -> None:
    """
    The events of a file of segment lines, each once, as a table.

    Among twins the one received first counts, in whatever order the lines come.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE {name} AS
        SELECT {PARQUET_SELECT}
        FROM read_json({quoted(path)}, format = 'newline_delimited', columns = {_FILE_COLUMNS})
        {FIRST_OF_TWINS}
        """  # noqa: S608 - our own names and quoted paths
    )


def count_lines_received(connection: "DuckDBPyConnection", path: Path) -> dict[str, int]:
    """How many lines of a file of segment lines, twins too, were received on each UTC day."""
    # A field that is not named DuckDB walks through, and refuses what is nested 127 deep.
    rows = connection.execute(
        f"""
        SELECT received_at::DATE, count(*)
        FROM read_json({quoted(path)}, format = 'newline_delimited',
                       columns = {{'received_at': 'TIMESTAMPTZ', 'attributes': 'JSON'}})
        GROUP BY 1
        """  # noqa: S608 - our own quoted path
    ).fetchall()
    return {str(day): count for day, count in rows}


def create_twinless_view(connection: "DuckDBPyConnection", name: str, relation: str) -> None:
    """A view of `relation` with each event once; costs a sort only where there are twins."""
    twins = connection.execute(
        f"""
        SELECT 1 FROM {relation} GROUP BY event_id, occurred_at::DATE HAVING count(*) > 1 LIMIT 1
        """  # noqa: S608 - our own name
    ).fetchall()
    fold = FIRST_OF_TWINS if twins else ""
    connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {relation} {fold}")  # noqa: S608 - our own names


def create_unknown_table(
    connection: "DuckDBPyConnection", name: str, incoming: str, known: str
) -> None:
    """The events of the relation `incoming` that the relation `known` does not hold, as a table."""
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE {name} AS
        SELECT * FROM {incoming} ANTI JOIN (
            SELECT event_id, occurred_at::DATE AS day FROM {known}
        ) AS held ON {incoming}.event_id = held.event_id
                 AND {incoming}.occurred_at::DATE = held.day
        """  # noqa: S608 - our own names
    )


def days_of(connection: "DuckDBPyConnection", relation: str) -> set[str]:
    """The UTC days on which the relation's events occurred."""
    rows = connection.execute(f"SELECT DISTINCT occurred_at::DATE FROM {relation}").fetchall()  # noqa: S608 - our own name
    return {str(day) for (day,) in rows}


def count_of(connection: "DuckDBPyConnection", relation: str) -> int:
    ((count,),) = connection.execute(f"SELECT count(*) FROM {relation}").fetchall()  # noqa: S608 - our own name
    return int(count)
