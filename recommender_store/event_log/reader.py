"""
Reading a tenant's log: a consistent state of it, each event once, in order of time.

A state is taken at one moment (the newest list of files, and the segments past its marks) and
stays what it was, however the log grows or is compacted meanwhile, for the grace time at least.
"""

import hashlib
import tempfile
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender_store.errors import ObjectMissing
from recommender_store.objects.append_log import AppendLog, Segment
from recommender_store.objects.scope import Scope

from .errors import LogFileCorrupt, LogMoved, LogUnreachable
from .files import FileLists, LogFile, LogFiles
from .record import COLUMNS
from .view import (
    blame_damaged,
    connect,
    create_files_view,
    create_lines_table,
    create_unknown_table,
    days_of,
    local_files,
    write_pending,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True)
class LogState:
    """What the log held at one moment."""

    scope: Scope
    segments: AppendLog
    files: LogFiles
    pending: tuple[Segment, ...]

    def fingerprint(self) -> str:
        """A digest of the files that the log consists of, as they are listed."""
        digest = hashlib.sha256()
        for file in sorted(self.files.files, key=lambda file: file.key):
            digest.update(f"{file.key} {file.sha256}\n".encode())
        for segment in sorted(self.pending, key=lambda segment: segment.key):
            digest.update(f"{segment.key} {segment.size_bytes}\n".encode())
        return digest.hexdigest()

    @contextmanager
    def opened(
        self, since: datetime | None = None, until: datetime | None = None, **options: Any
    ) -> Iterator["DuckDBPyConnection"]:
        """
        A connection with the view `events`, for as long as the block lasts.

        The view has the log's columns, each event once, in no order. Events before `since` and
        from `until` on may be missing: files that hold nothing else are not fetched.

        Args:
            since: aware, inclusive; None: from the beginning.
            until: aware, exclusive; None: to the end.
            options: `memory_limit` and `threads` of `view.connect`.

        Raises:
            LogMoved: where an erasure removed what this state names; take a new one.
            LogFileCorrupt, SegmentCorrupt: where a file is gone or damaged.
        """
        with tempfile.TemporaryDirectory(prefix="recommender-log-") as name, self._told_apart():
            folder = Path(name)
            with closing(connect(folder, **options)) as connection:
                self._attach(connection, self._files_between(since, until), folder)
                yield connection

    @contextmanager
    def opened_pending(self, **options: Any) -> Iterator["DuckDBPyConnection"]:
        """
        A connection with the table `lines`: what lies in segments, each event once.

        Some of it the files may hold too. For readers that look at the files themselves, by their
        `addresses`; the options are those of `opened`, and so is what is raised.
        """
        with tempfile.TemporaryDirectory(prefix="recommender-log-") as name, self._told_apart():
            path = Path(name) / "pending.jsonl"
            with closing(connect(Path(name), **options)) as connection:
                write_pending(self.segments, self.pending, path)
                create_lines_table(connection, "lines", path)
                yield connection

    def addresses(self, days: Collection[str] | None = None) -> list[str]:
        """
        Where other programs read the Parquet files, of these UTC days or of all.

        Raises:
            LogUnreachable: where they lie in the memory of a process.
        """
        chosen = [file for file in self.files.files if days is None or file.day in days]
        found = [self.scope.address(file.key) for file in chosen]
        if None in found:
            raise LogUnreachable
        return [address for address in found if address is not None]

    def names_users(self) -> bool:
        """Whether any event says whose it is; raises as `opened`."""
        with self.opened() as connection:
            found = connection.execute("SELECT 1 FROM events WHERE user_id IS NOT NULL LIMIT 1")
            return found.fetchone() is not None

    def is_moved(self) -> bool:
        """Whether files that this state names may be gone: the log was rewritten since."""
        newest = FileLists(self.scope).newest().state
        return (newest.files, newest.marks) != (self.files.files, self.files.marks)

    def read(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[dict[str, Any]]:
        """The events from `since` to before `until`, by time, then by id; empty fields left out."""
        names = list(COLUMNS)
        with self.opened(since, until) as connection:
            rows = connection.execute(
                f"""
                SELECT {", ".join(names)} FROM events
                WHERE ($since IS NULL OR occurred_at >= $since)
                  AND ($until IS NULL OR occurred_at < $until)
                ORDER BY occurred_at, event_id
                """,  # noqa: S608 - column names of our own
                {"since": since, "until": until},
            )
            while block := rows.fetchmany(_ROWS_AT_ONCE):
                for row in block:
                    fields = zip(names, row, strict=True)
                    yield {name: value for name, value in fields if value is not None}

    @contextmanager
    def _told_apart(self) -> Iterator[None]:
        """What was erased is no damage: tell the one from the other, and name what is damaged."""
        from duckdb import Error, IOException, OutOfMemoryException

        try:
            yield
        except (ObjectMissing, LogFileCorrupt, Error) as error:
            if isinstance(error, ObjectMissing | LogFileCorrupt | IOException) and self.is_moved():
                raise LogMoved from error
            if isinstance(error, Error) and not isinstance(error, OutOfMemoryException):
                blame_damaged(self.scope, self.files.files)
            raise

    def _files_between(self, since: datetime | None, until: datetime | None) -> list[LogFile]:
        first = "" if since is None else _day(since)
        last = "9999-12-31" if until is None else _day(until)
        return [file for file in self.files.files if first <= file.day <= last]

    def _attach(self, connection: "DuckDBPyConnection", files: list[LogFile], folder: Path) -> None:
        create_files_view(connection, "files", local_files(self.scope, files, folder))
        write_pending(self.segments, self.pending, folder / "pending.jsonl")
        create_lines_table(connection, "lines", folder / "pending.jsonl")
        days = days_of(connection, "lines")
        touched = [file for file in self.files.files if file.day in days]
        create_files_view(connection, "touched", local_files(self.scope, touched, folder))
        create_unknown_table(connection, "pending", "lines", "touched")
        connection.execute("CREATE VIEW events AS FROM files UNION ALL BY NAME FROM pending")


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
