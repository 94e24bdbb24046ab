"""
One tenant's event log: append, take a state to read, grow the Parquet side, recall users.

The door that other rooms use; each verb's work is in the file of its noun.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from recommender_store.objects.append_log import AppendLog, Marks, Segment, advanced
from recommender_store.objects.revisions import utc_now
from recommender_store.objects.scope import Scope

from .checkpoint import UserEvents, read_checkpoint
from .compaction import Growth, LogGrowth
from .files import FileLists
from .reader import LogState
from .record import to_line


class EventLog:
    """The event log below one tenant's scope. Safe to share between threads."""

    def __init__(self, scope: Scope, clock: Callable[[], datetime] = utc_now) -> None:
        self._scope = scope
        self._lists = FileLists(scope)
        self._segments = AppendLog(scope.at("segments"))
        self._growth = LogGrowth(scope, self._segments, self._lists, clock)

    def append(self, lines: Sequence[bytes]) -> Segment:
        """Make lines (see `record.to_line`) durable as one segment."""
        return self._segments.append(lines)

    def append_events(self, events: Sequence[Mapping[str, Any]], received_at: str) -> Segment:
        return self.append([to_line(event, received_at) for event in events])

    def state(self) -> LogState:
        """What the log holds now."""
        files = self._lists.newest().state
        pending = tuple(self._segments.segments(files.marks))
        return LogState(self._scope, self._segments, files, pending)

    def compact(self) -> Growth:
        return self._growth.compact()

    def adopt(self, paths: Sequence[Path]) -> Growth:
        """Take in Parquet files of canonical columns, each event once however often it comes."""
        return self._growth.adopt(paths)

    def newest_by_user(self) -> tuple[Iterator[UserEvents], Marks]:
        """Each user's newest compacted events, and the marks from which segments go on."""
        files = self._lists.newest().state
        if files.checkpoint is None:
            return iter(()), files.marks
        return read_checkpoint(self._scope, files.checkpoint), files.marks

    def lines_after(self, marks: Marks) -> tuple[list[bytes], Marks]:
        """The lines of every segment past the marks, and the marks behind them."""
        segments = list(self._segments.segments(marks))
        lines = [line for segment in segments for line in self._segments.read(segment)]
        return lines, advanced(marks, segments)

    def version(self) -> int:
        """Grows whenever files are added or replaced."""
        return self._lists.number()
