"""
How the log grows in Parquet: small segments are compacted, whole files are adopted.

Both write day files of new events (and of small files that they replace), then a checkpoint, then
name the files in one step. Killed before that step, nothing has happened; losing it to another
process starts over. What is replaced is deleted after a grace time, so that readers of an older
state can finish.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from recommender_store.errors import RevisionConflict
from recommender_store.objects.append_log import AppendLog, Segment, advanced
from recommender_store.objects.scope import Scope

from .checkpoint import write_checkpoint
from .day_files import due_for_merging, upload_day, write_days
from .files import FileLists, Listed, LogFile, Retired
from .view import (
    TRANSFERS_AT_ONCE,
    connect,
    count_of,
    create_files_view,
    create_lines_table,
    create_twinless_view,
    create_unknown_table,
    days_of,
    local_files,
    write_pending,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

GRACE = timedelta(hours=1)
"""Longer than a reader works with the files of one state."""

_TRIES = 5


@dataclass(frozen=True)
class Growth:
    """What one step added to the Parquet side of the log."""

    new_events: int
    duplicates: int


@dataclass(frozen=True)
class _Written:
    """What a step put into the store, not named yet."""

    files: tuple[LogFile, ...]
    merged: tuple[LogFile, ...]
    """Whose events stand in `files` too."""
    checkpoint: str | None


class LogGrowth:
    """Moves events into the Parquet side of one tenant's log."""

    def __init__(
        self, scope: Scope, segments: AppendLog, lists: FileLists, clock: Callable[[], datetime]
    ) -> None:
        self._scope = scope
        self._segments = segments
        self._lists = lists
        self._clock = clock

    def compact(self) -> Growth:
        """Take all pending segments in. Safe to run twice, at once, and to kill."""
        return self._retrying(self._compact_once)

    def adopt(self, paths: Sequence[Path]) -> Growth:
        """Take in files of canonical columns, whose events may partly be known already."""
        return self._retrying(lambda: self._adopt_once(paths))

    def _retrying(self, step: Callable[[], Growth]) -> Growth:
        for _ in range(_TRIES - 1):
            try:
                return step()
            except RevisionConflict:
                continue
        return step()

    def _compact_once(self) -> Growth:
        before = self._lists.newest()
        due = self._sweep(before)
        pending = list(self._segments.segments(before.state.marks))
        if not pending:
            if due:
                self._commit(before, _Written((), (), before.state.checkpoint), [], due)
            return Growth(0, 0)
        with _workbench() as (connection, folder):
            write_pending(self._segments, pending, folder / "pending.jsonl")
            create_lines_table(connection, "incoming", folder / "pending.jsonl")
            written, new = self._write_new(connection, before, folder)
        self._commit(before, written, pending, due)
        return Growth(new, sum(segment.name.line_count for segment in pending) - new)

    def _adopt_once(self, paths: Sequence[Path]) -> Growth:
        before = self._lists.newest()
        with _workbench() as (connection, folder):
            create_files_view(connection, "adopted", paths)
            create_twinless_view(connection, "incoming", "adopted")
            received = count_of(connection, "adopted")
            written, new = self._write_new(connection, before, folder)
        if new:
            self._commit(before, written, [], [])
        return Growth(new, received - new)

    def _write_new(
        self, connection: "DuckDBPyConnection", before: Listed, folder: Path
    ) -> tuple[_Written, int]:
        """Write what the log does not hold of the relation `incoming`; tells how many it was."""
        days = days_of(connection, "incoming")
        known = [file for file in before.state.files if file.day in days]
        create_files_view(connection, "known", local_files(self._scope, known, folder))
        create_unknown_table(connection, "new_events", "incoming", "known")
        new = count_of(connection, "new_events")
        if new == 0:
            return _Written((), (), before.state.checkpoint), 0
        merged = due_for_merging(known, days_of(connection, "new_events"))
        create_files_view(connection, "merged", local_files(self._scope, merged, folder))
        connection.execute("CREATE VIEW written AS FROM new_events UNION ALL BY NAME FROM merged")
        files = self._upload(write_days(connection, "written", folder))
        old = before.state.checkpoint
        checkpoint = write_checkpoint(connection, self._scope, old, "new_events", folder)
        return _Written(files, tuple(merged), checkpoint), new

    def _upload(self, days: Iterable[tuple[str, int, Path]]) -> tuple[LogFile, ...]:
        with ThreadPoolExecutor(TRANSFERS_AT_ONCE) as transfers:
            return tuple(transfers.map(lambda day: upload_day(self._scope, *day), days))

    def _commit(
        self, before: Listed, written: _Written, taken: Sequence[Segment], swept: Sequence[Retired]
    ) -> None:
        """Name what was written, unless the log has moved since `before`: then take it back."""
        state, now = before.state, self._clock()
        gone = [f"segments/{segment.key}" for segment in taken]
        gone += [file.key for file in written.merged]
        if state.checkpoint not in (None, written.checkpoint):
            gone.append(state.checkpoint)
        after = state.model_copy(
            update={
                "files": (*(f for f in state.files if f not in written.merged), *written.files),
                "marks": self._marks(before, taken),
                "checkpoint": written.checkpoint,
                "retired": (
                    *(entry for entry in state.retired if entry not in swept),
                    *(Retired(key=key, at=now) for key in gone),
                ),
            }
        )
        try:
            self._lists.replace(before, after, now)
        except RevisionConflict:
            self._delete(file.key for file in written.files)
            if written.checkpoint not in (None, state.checkpoint):
                self._delete([written.checkpoint])
            raise

    def _marks(self, before: Listed, taken: Sequence[Segment]) -> dict[str, str]:
        """The marks after `taken`, without those of writers of whom no segment is left."""
        there = set(self._segments.writers())
        moved = advanced(before.state.marks, taken)
        return {writer: mark for writer, mark in moved.items() if writer in there}

    def _sweep(self, before: Listed) -> list[Retired]:
        """Delete what was replaced longer than the grace time ago; returns what that was."""
        now = self._clock()
        due = [entry for entry in before.state.retired if now - entry.at > GRACE]
        self._delete(entry.key for entry in due)
        return due

    def _delete(self, keys: Iterable[str]) -> None:
        with ThreadPoolExecutor(TRANSFERS_AT_ONCE) as transfers:
            list(transfers.map(self._scope.delete, keys))


@contextmanager
def _workbench() -> "Iterator[tuple[DuckDBPyConnection, Path]]":
    """A DuckDB and a working folder, gone when the step is done."""
    with tempfile.TemporaryDirectory(prefix="recommender-log-") as name:
        folder = Path(name)
        with closing(connect(folder)) as connection:
            yield connection, folder
