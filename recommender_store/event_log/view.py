"""
The log as one DuckDB view: Parquet files and younger segments, each event once.

Everything is read from local files: a folder store's own, or copies in a working folder. Files
are held to their digests when they are copied, segments always.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recommender_store.errors import LogFileCorrupt
from recommender_store.objects.append_log import AppendLog, Segment
from recommender_store.objects.scope import Scope

from .files import LogFile
from .record import COLUMNS, PARQUET_SELECT

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FILE_COLUMNS = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items()) + "}"


def connect(*, memory_limit: str | None = None, threads: int | None = None) -> "DuckDBPyConnection":
    """A private DuckDB in UTC; nothing of it outlives the connection."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    if memory_limit:
        connection.execute(f"SET memory_limit = '{memory_limit}'")
    if threads:
        connection.execute(f"SET threads = {threads}")
    return connection


def quoted(paths: Sequence[Path]) -> str:
    """The paths as a DuckDB list."""
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"


def local_file(scope: Scope, file: LogFile, folder: Path) -> Path:
    """A path under which the file can be read; copied into `folder` where the store is remote."""
    here = scope.local_path(file.key)
    if here is not None:
        return here
    path = folder / file.sha256
    if not path.exists():
        scope.download(file.key, path)
        if sha256_of(path) != file.sha256:
            path.unlink()
            raise LogFileCorrupt(file=file.key)
    return path


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_pending(segments: AppendLog, pending: Sequence[Segment], path: Path) -> None:
    """The lines of all pending segments, verified, as one plain file."""
    with path.open("wb") as out:
        for segment in pending:
            for line in segments.read(segment):
                out.write(line)
                out.write(b"\n")


def create_files_view(connection: "DuckDBPyConnection", name: str, paths: Sequence[Path]) -> None:
    """A view over Parquet files; empty, with the right columns, where there are none."""
    if paths:
        source = f"read_parquet({quoted(paths)}, union_by_name = true)"
        columns = ", ".join(COLUMNS)
    else:
        columns = ", ".join(
            f"NULL::{'VARCHAR' if kind == 'JSON' else kind} AS {column}"
            for column, kind in COLUMNS.items()
        )
        source = "range(0)"
    connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT {columns} FROM {source}")  # noqa: S608 - our own names and quoted paths


def create_pending_table(connection: "DuckDBPyConnection", name: str, path: Path) -> None:
    """
    The pending events that the view `files` does not hold yet, each once, as a table.

    Among twins the one received first counts.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE {name} AS
        WITH lines AS (
            SELECT {PARQUET_SELECT}
            FROM read_json({quoted([path])}, format = 'newline_delimited', columns = {_FILE_COLUMNS})
            QUALIFY row_number() OVER (
                PARTITION BY event_id, occurred_at::DATE ORDER BY received_at
            ) = 1
        )
        SELECT * FROM lines ANTI JOIN (
            SELECT event_id, occurred_at::DATE AS day FROM files
            WHERE occurred_at >= (SELECT min(occurred_at)::DATE FROM lines)
        ) AS known ON lines.event_id = known.event_id AND lines.occurred_at::DATE = known.day
        """  # noqa: S608 - our own names and quoted paths
    )
