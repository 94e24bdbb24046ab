"""
One tenant's event log: append, take a state to read, grow the Parquet side, recall users.

The door that other rooms use; each verb's work is in the file of its noun.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from recommender_store.errors import ObjectMissing
from recommender_store.objects.append_log import AppendLog, Marks, Segment, advanced
from recommender_store.objects.revisions import utc_now
from recommender_store.objects.scope import Scope

from .checkpoint import read_checkpoint
from .compaction import Growth, LogGrowth
from .erased import Erased, nobody_erased
from .erasure import Actor, Erasure, LogErasure
from .errors import LogFileCorrupt, LogMoved
from .files import FileLists, Listed
from .lookup import LogLookup
from .of_user import Place, UserPage, page_of_user
from .reader import LogState
from .record import to_line
from .remembered import Remembered
from .retention import Expiry, LogRetention
from .steps import LogSteps

_TRIES = 5


class EventLog:
    """The event log below one tenant's scope. Safe to share between threads."""

    def __init__(self, scope: Scope, clock: Callable[[], datetime] = utc_now) -> None:
        self._scope = scope
        self._lists = FileLists(scope)
        self._segments = AppendLog(scope.at("segments"))
        steps = LogSteps(scope, self._segments, self._lists, clock)
        self._clock = clock
        self._growth = LogGrowth(steps)
        self._retention = LogRetention(steps)
        self._erasure = LogErasure(steps, self._growth)
        self._lookup = LogLookup(steps)

    @property
    def writer(self) -> str:
        """Under which this process's segments lie."""
        return self._segments.writer

    def append(self, lines: Sequence[bytes]) -> Segment:
        """Make lines (see `record.to_line`) durable as one segment."""
        return self._segments.append(lines)

    def append_events(self, events: Sequence[Mapping[str, Any]], received_at: str) -> Segment:
        return self.append([to_line(event, received_at) for event in events])

    def state(self) -> LogState:
        """
        What the log holds now.

        Raises:
            LogMoved: where it was rewritten time after time while it was looked at.
        """
        for _ in range(_TRIES):
            listed = self._lists.newest()
            pending = tuple(self._segments.segments(listed.state.marks))
            # What an erasure takes in and removes in between would be in neither.
            if self._lists.number() == listed.number:
                return LogState(self._scope, self._segments, listed.state, pending)
        raise LogMoved

    def listed(self) -> Listed:
        """
        The newest list of files, and its number; segments aside.

        Raises:
            LogFileCorrupt: where the list is gone or cannot be read.
        """
        return self._lists.newest()

    def compact(self) -> Growth:
        return self._growth.compact()

    def adopt(self, paths: Sequence[Path], erased: Erased = nobody_erased) -> Growth:
        """
        Take in Parquet files of canonical columns, each event once however often it comes.

        What `erased` says counts no more stays out, however late it says so.
        """
        return self._growth.adopt(paths, erased)

    def plan_expiry(self, cut: date | None) -> Expiry:
        """What `expire` would remove now."""
        return self._retention.plan(cut, self._clock())

    def expire(self, cut: date | None) -> Expiry:
        """
        Remove events that occurred before the UTC day `cut` (None: none), and what belongs to
        nothing. Pending segments are compacted first.
        """
        self._growth.compact()
        return self._retention.expire(cut, self._clock())

    def erase(self, actor: Actor) -> Erasure:
        """Remove all events of a user or of a session, at once and for good."""
        return self._erasure.erase(actor)

    def find(self, event_id: str, occurred_at: datetime, writer: str) -> dict[str, Any] | None:
        """
        One event that a known writer wrote within a minute of when it occurred; None for none.

        Raises:
            LogFileCorrupt, SegmentCorrupt: where it may lie in what is damaged.
        """
        return self._lookup.find(event_id, occurred_at, writer)

    def page_of_user(
        self, user_id: str, limit: int, after: Place | None = None, since: datetime | None = None
    ) -> UserPage:
        """
        Everything of a user, those of joined sessions too, behind `after` and not before `since`.

        Raises:
            LogMoved: where it was rewritten time after time; LogFileCorrupt, SegmentCorrupt.
        """
        for _ in range(_TRIES - 1):
            with suppress(LogMoved):
                return page_of_user(self.state(), user_id, limit, after, since)
        return page_of_user(self.state(), user_id, limit, after, since)

    def remembered(self) -> tuple[Iterator[Remembered], Marks]:
        """
        The newest compacted events of users and sessions, and the joins of sessions to users; the
        marks say from where segments go on.
        """
        listed = self._lists.newest()
        checkpoint, marks = listed.state.checkpoint, listed.state.marks
        if checkpoint is None:
            return iter(()), marks
        try:
            return read_checkpoint(self._scope, checkpoint), marks
        except LogFileCorrupt:
            if self._lists.number() == listed.number:
                raise
            return self.remembered()  # an erasure took it away just now

    def lines_after(self, marks: Marks) -> tuple[list[bytes], Marks]:
        """
        The lines of every segment past the marks, and the marks behind them.

        Raises:
            LogMoved: where segments were compacted and removed meanwhile: take newer marks.
        """
        segments = list(self._segments.segments(marks))
        try:
            lines = [line for segment in segments for line in self._segments.read(segment)]
        except ObjectMissing as error:
            raise LogMoved from error
        return lines, advanced(marks, segments)

    def version(self) -> int:
        """Grows whenever files are added or replaced."""
        return self._lists.number()
