"""
How the log grows in Parquet: small segments are compacted, whole files are adopted.

Both write day files that hold new events only, then a checkpoint, then the list of files in one
step. Killed before that step, nothing has happened; losing it to another process starts over.
What is replaced is deleted after a grace time, so that readers of an older state can finish.
"""

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from recommender_store.errors import RevisionConflict
from recommender_store.objects.append_log import AppendLog, Segment, advanced
from recommender_store.objects.revisions import RevisionChain
from recommender_store.objects.scope import Scope

from .checkpoint import write_checkpoint
from .day_files import upload_day, write_days
from .files import LogFile, LogFiles, LogFilesHead, Retired
from .view import (
    connect,
    create_files_view,
    create_pending_table,
    local_file,
    write_pending,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

GRACE = timedelta(minutes=10)
"""Longer than any reader needs to open what its state of the log names."""

UPLOADS_AT_ONCE = 8

_TRIES = 5


@dataclass(frozen=True)
class Growth:
    """What one step added to the Parquet side of the log."""

    new_events: int
    duplicates: int


class LogGrowth:
    """Moves events into the Parquet side of one tenant's log."""

    def __init__(
        self,
        scope: Scope,
        segments: AppendLog,
        chain: RevisionChain,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._scope = scope
        self._segments = segments
        self._chain = chain
        self._clock = clock

    def compact(self) -> Growth:
        """Take all pending segments in. Safe to run twice, at once, and to kill."""
        return self._retrying(self._compact_once)

    def adopt(self, paths: Sequence[Path]) -> Growth:
        """
        Take in files of canonical columns whose events may partly be known already.

        Twins within `paths` must have been folded by whoever wrote them.
        """
        return self._retrying(lambda: self._adopt_once(paths))

    def _retrying(self, step: Callable[[], Growth]) -> Growth:
        for _ in range(_TRIES - 1):
            try:
                return step()
            except RevisionConflict:
                continue
        return step()

    def _compact_once(self) -> Growth:
        head = LogFilesHead.read(self._chain)
        pending = list(self._segments.segments(head.value.marks))
        if not pending:
            self._sweep(head)
            return Growth(0, 0)
        with tempfile.TemporaryDirectory(prefix="recommender-compact-") as name:
            folder = Path(name)
            lines = folder / "pending.jsonl"
            write_pending(self._segments, pending, lines)
            with closing(connect()) as connection:
                self._view_files(connection, head.value.files, folder)
                create_pending_table(connection, "new_events", lines)
                added = self._write(connection, head.value, folder)
        self._commit(head, added, pending)
        received = sum(segment.name.line_count for segment in pending)
        new = sum(file.rows for file in added.files)
        return Growth(new, received - new)

    def _adopt_once(self, paths: Sequence[Path]) -> Growth:
        head = LogFilesHead.read(self._chain)
        with tempfile.TemporaryDirectory(prefix="recommender-adopt-") as name:
            folder = Path(name)
            with closing(connect()) as connection:
                create_files_view(connection, "incoming", paths)
                days = {
                    str(day)
                    for (day,) in connection.execute(
                        "SELECT DISTINCT occurred_at::DATE FROM incoming"
                    ).fetchall()
                }
                known = [file for file in head.value.files if file.day in days]
                self._view_files(connection, known, folder)
                connection.execute(
                    """
                    CREATE TABLE new_events AS SELECT * FROM incoming ANTI JOIN (
                        SELECT event_id, occurred_at::DATE AS day FROM files
                    ) AS known
                    ON incoming.event_id = known.event_id
                       AND incoming.occurred_at::DATE = known.day
                    """
                )
                received = _count(connection, "incoming")
                new = _count(connection, "new_events")
                if new == 0:
                    return Growth(0, received)
                added = self._write(connection, head.value, folder)
        self._commit(head, added, [])
        return Growth(new, received - new)

    def _view_files(
        self, connection: "DuckDBPyConnection", files: Sequence[LogFile], folder: Path
    ) -> None:
        paths = [local_file(self._scope, file, folder) for file in files]
        create_files_view(connection, "files", paths)

    def _write(self, connection: "DuckDBPyConnection", before: LogFiles, folder: Path) -> "_Added":
        days = list(write_days(connection, "new_events", folder))
        # Durable writes wait for the disk or the network: side by side they wait once.
        with ThreadPoolExecutor(UPLOADS_AT_ONCE) as uploads:
            files = tuple(uploads.map(lambda day: upload_day(self._scope, *day), days))
        key = write_checkpoint(connection, self._scope, before.checkpoint, "new_events", folder)
        return _Added(files, key)

    def _commit(self, head: LogFilesHead, added: "_Added", taken: Sequence[Segment]) -> None:
        now = self._clock()
        gone = [f"segments/{segment.key}" for segment in taken]
        if head.value.checkpoint:
            gone.append(head.value.checkpoint)
        head.replace(
            self._chain,
            LogFiles(
                files=(*head.value.files, *added.files),
                marks=advanced(head.value.marks, taken),
                checkpoint=added.checkpoint,
                retired=(*head.value.retired, *(Retired(key=key, at=now) for key in gone)),
            ),
        )

    def _sweep(self, head: LogFilesHead) -> None:
        """Delete what was replaced longer than the grace time ago."""
        now = self._clock()
        due = [entry for entry in head.value.retired if now - entry.at > GRACE]
        if not due:
            return
        for entry in due:
            self._scope.delete(entry.key)
        kept = tuple(entry for entry in head.value.retired if entry not in due)
        head.replace(self._chain, head.value.model_copy(update={"retired": kept}))


@dataclass(frozen=True)
class _Added:
    files: tuple[LogFile, ...]
    checkpoint: str


def _count(connection: "DuckDBPyConnection", relation: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()  # noqa: S608 - a relation of our own
    return int(row[0]) if row else 0
