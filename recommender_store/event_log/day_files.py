"""
Writing Parquet into the log: one file per UTC day, sorted, digested, uploaded.

A file is durable before the list of files names it; one that is never named is never read.
"""

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recommender_store.objects.scope import Scope

from .files import LogFile
from .record import COLUMNS, FORMAT
from .view import quoted, sha256_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OPEN_FILES_LIMIT = 200
"""Rows come in order of time, so that one day is finished before the next begins."""

FILES_PER_DAY_LIMIT = 8
"""More are merged: readers open every file, and a small one packs badly."""

MERGED_DOWN_TO = FILES_PER_DAY_LIMIT // 2
"""Merging the smallest half each time rewrites an event a few times, however many files come."""


def due_for_merging(files: Sequence[LogFile], days: set[str]) -> list[LogFile]:
    """Which of the files to write anew together with the events that come to `days`."""
    due = []
    for day in sorted(days):
        by_size = sorted((file for file in files if file.day == day), key=lambda file: file.rows)
        if len(by_size) + 1 > FILES_PER_DAY_LIMIT:
            due += by_size[: len(by_size) + 1 - MERGED_DOWN_TO]
    return due


def write_days(
    connection: "DuckDBPyConnection", relation: str, folder: Path
) -> Iterator[tuple[str, int, Path]]:
    """Write the rows of `relation` into `folder`, a file per day; yields day, rows, path."""
    days = connection.execute(
        f"SELECT occurred_at::DATE, count(*) FROM {relation} GROUP BY 1 ORDER BY 1"  # noqa: S608 - a relation of our own
    ).fetchall()
    connection.execute(f"SET partitioned_write_max_open_files = {OPEN_FILES_LIMIT}")
    # One thread: several would each write a part of a day, in an order of their own.
    ((threads,),) = connection.execute("SELECT current_setting('threads')").fetchall()
    connection.execute("SET threads = 1")
    connection.execute(
        f"""
        COPY (
            SELECT {", ".join(COLUMNS)}, occurred_at::DATE AS date FROM {relation}
            ORDER BY occurred_at, event_id
        ) TO {quoted(folder / "days")} (
            FORMAT parquet, COMPRESSION zstd, PARTITION_BY (date),
            KV_METADATA {{format: '{FORMAT}'}}
        )
        """  # noqa: S608 - our own names and a working folder
    )
    connection.execute(f"SET threads = {threads}")
    for day, rows in days:
        (path,) = (folder / "days" / f"date={day}").iterdir()
        yield str(day), rows, path


def upload_day(scope: Scope, day: str, rows: int, path: Path) -> LogFile:
    """Put one day's file into the store under a name that was never used."""
    key = f"parquet/date={day}/{uuid.uuid4().hex}.parquet"
    file = LogFile(
        key=key, day=day, rows=rows, size_bytes=path.stat().st_size, sha256=sha256_of(path)
    )
    scope.upload(path, key)
    return file
