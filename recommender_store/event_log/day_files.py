"""
Writing Parquet into the log: one file per UTC day, sorted, digested, uploaded.

A file is durable before the list of files names it; one that is never named is never read.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from recommender_store.objects.scope import Scope

from .files import LogFile
from .record import COLUMNS, FORMAT
from .view import sha256_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OPEN_FILES_LIMIT = 200
"""Rows come in order of time, so that one day is finished before the next begins."""


def write_days(
    connection: "DuckDBPyConnection", relation: str, folder: Path
) -> Iterator[tuple[str, int, Path]]:
    """Write the rows of `relation` into `folder`, a file per day; yields day, rows, path."""
    days = connection.execute(
        f"SELECT occurred_at::DATE, count(*) FROM {relation} GROUP BY 1 ORDER BY 1"  # noqa: S608 - a relation of our own
    ).fetchall()
    connection.execute(f"SET partitioned_write_max_open_files = {OPEN_FILES_LIMIT}")
    connection.execute(
        f"""
        COPY (
            SELECT {", ".join(COLUMNS)}, occurred_at::DATE AS date FROM {relation}
            ORDER BY occurred_at, event_id
        ) TO '{folder / "days"}' (
            FORMAT parquet, COMPRESSION zstd, PARTITION_BY (date),
            KV_METADATA {{format: '{FORMAT}'}}
        )
        """  # noqa: S608 - our own names and a working folder
    )
    for day, rows in days:
        for path in (folder / "days" / f"date={day}").glob("*.parquet"):
            yield str(day), rows, path


def upload_day(scope: Scope, day: str, rows: int, path: Path) -> LogFile:
    """Put one day's file into the store under a name that was never used."""
    key = f"parquet/date={day}/{uuid.uuid4().hex}.parquet"
    file = LogFile(
        key=key, day=day, rows=rows, size_bytes=path.stat().st_size, sha256=sha256_of(path)
    )
    scope.upload(path, key)
    return file
