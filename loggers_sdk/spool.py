"""
Keep events on disk until they are sent: this process's, and those dead processes left behind.

Each process appends to files of its own in the tenant's folder and holds their locks; a file whose
lock is free belongs to a dead process and is adopted. Bounded in bytes over the folder (each live
process may have two segments whatever the others hold): the oldest file goes first, and what it
still held is counted as dropped. Any thread may append; one at a time does all the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .complaints import Complaints
from .errors import EventsDropped, SpoolFailed
from .ledger import Ledger, Tally
from .segment import FRAME_OVERHEAD_BYTES, Segment
from .spool_folder import SpoolFolder

ADOPT_EVERY_S = 15.0
_ADOPTED_LIMIT = 8
"""Files adopted at a time: each costs a file descriptor."""
_SEGMENT_LIMIT_BYTES = 8 * 1024 * 1024


class _Taken(NamedTuple):
    lines: list[bytes]
    segment: Segment
    damaged: int


class Spool:
    """
    The open segments, oldest first; only the last may be open for appending.

    ``keeps_open`` has the next segment ready before an event needs it, so that an append is one
    write and nothing else.
    """

    def __init__(
        self,
        folder: Path,
        limit_bytes: int,
        ledger: Ledger,
        complaints: Complaints,
        *,
        keeps_open: bool = False,
    ) -> None:
        self._folder = SpoolFolder(folder)
        self._limit_bytes = limit_bytes
        self._segment_bytes = min(_SEGMENT_LIMIT_BYTES, limit_bytes // 8)
        self._ledger = ledger
        self._complaints = complaints
        self._keeps_open = keeps_open
        self._segments: list[Segment] = []
        self.forget()

    def forget(self) -> None:
        """In a forked child: let go of the parent's files, which stay the parent's."""
        segments, self._segments = self._segments, []
        for segment in segments:
            segment.release()
        # Guards the list and the appending; reading needs none, the list is replaced, not changed.
        self._lock = threading.RLock()
        self._taken: _Taken | None = None
        self._others_bytes = 0
        self._may_adopt_more = False
        self._scan_at = 0.0

    @property
    def has_unread(self) -> bool:
        return any(segment.has_unread for segment in self._segments)

    @property
    def has_backlog(self) -> bool:
        """Whether there is something unread that nothing more will be appended to."""
        return any(segment.has_unread and not segment.is_open for segment in self._segments)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to deliver, neither read nor unread nor to be adopted."""
        return not self._may_adopt_more and all(segment.is_spent for segment in self._segments)

    def open(self) -> None:
        """Make the folder and a segment to append to; raises OSError."""
        fresh = self._folder.create()
        with self._lock:
            if self._segments:
                self._segments[-1].seal()
            self._segments = [*self._segments, fresh]

    def offer(self, line: bytes) -> bool:
        """Write one new event with one write and count it as spooled, or say that it could not."""
        try:
            # Both locks: nobody may settle the event before it is counted.
            with self._lock, self._ledger.lock:
                if not _count_fitting([line], self._room_bytes()):
                    return False
                self._open_segment().append([line])
                self._ledger.add(Tally(spooled=1))
                return True
        except OSError as error:
            self._tell_failure(error)
            return False

    def write(self, lines: Sequence[bytes]) -> int:
        """Write lines that the caller counts; returns how many of the first found room."""
        written = 0
        try:
            with self._lock:
                while written < len(lines):
                    self._roll()
                    segment = self._open_segment()
                    count = self._count_next(segment, lines[written:])
                    if count == 0:
                        break
                    segment.append(lines[written : written + count])
                    written += count
        except OSError as error:
            self._tell_failure(error)
        return written

    def make_room(self) -> bool:
        """Drop the oldest file if the bound is what leaves no room; says whether it did."""
        if not self._segments or self._room_bytes() >= self._segment_bytes:
            return False
        self._retire(self._segments[0])
        return True

    def take(self, limit_events: int, limit_bytes: int) -> list[bytes]:
        """Read the oldest unread lines; none when nothing is left that can be read."""
        for segment in self._segments:
            try:
                lines = self._read(segment, limit_events, limit_bytes) if segment.has_unread else []
            except OSError as error:
                self._tell_failure(error)
                continue
            if lines:
                return lines
        return []

    def settle(self, lines: list[bytes], tally: Tally) -> None:
        """Book how a taken batch ended."""
        if self._taken is None or self._taken.lines is not lines:
            return
        taken, self._taken = self._taken, None
        self._acknowledge(taken.segment, taken.damaged)
        self._book(taken.segment, len(lines), tally)

    def give_back(self, lines: list[bytes]) -> None:
        """Unread a taken batch, to be taken again."""
        if self._taken is not None and self._taken.lines is lines:
            self._taken.segment.rewind()
            self._taken = None

    def tidy(self, now_s: float, *, scan: bool = False) -> None:
        """Adopt what the dead left, begin new segments, delete spent ones, keep to the bound."""
        try:
            if scan or self._may_adopt_more or now_s >= self._scan_at:
                self._scan_at = now_s + ADOPT_EVERY_S
                self._scan()
            for segment in self._segments:
                if segment.is_spent and not (segment.is_open and self._keeps_open):
                    self._retire(segment)
            while self._segments and self._room_bytes() < 0:
                self._retire(self._segments[0])
            self._roll()
        except OSError as error:
            self._tell_failure(error)

    def close(self) -> None:
        """Delete what is spent and leave the rest to the next process."""
        for segment in self._segments:
            if segment.is_spent:
                self._retire(segment)
        with self._lock:
            segments, self._segments = self._segments, []
            for segment in segments:
                segment.release()

    def _read(self, segment: Segment, limit_events: int, limit_bytes: int) -> list[bytes]:
        damaged = 0
        while segment.has_unread:
            lines, damaged_here = segment.read(limit_events, limit_bytes)
            damaged += damaged_here
            if lines:
                self._taken = _Taken(lines, segment, damaged)
                return lines
            if not damaged_here:
                break  # a line that is being written just now, or a file cut short
        if not segment.has_unread:
            self._acknowledge(segment, damaged)
        return []

    def _acknowledge(self, segment: Segment, damaged: int) -> None:
        try:
            segment.acknowledge()
        except OSError as error:
            self._tell_failure(error)
        if not segment.is_own:
            self._ledger.damaged += damaged

    def _open_segment(self) -> Segment:
        if not (self._segments and self._segments[-1].is_open):
            self.open()
        return self._segments[-1]

    def _count_next(self, segment: Segment, lines: Sequence[bytes]) -> int:
        """How many lines to append next: what fits the segment, or one if it fits the bound."""
        room_bytes = self._room_bytes()
        left_bytes = min(room_bytes, self._segment_bytes - segment.size_bytes)
        return _count_fitting(lines, left_bytes) or _count_fitting(lines[:1], room_bytes)

    def _room_bytes(self) -> int:
        share_bytes = max(self._limit_bytes - self._others_bytes, 2 * self._segment_bytes)
        return share_bytes - sum(segment.size_bytes for segment in self._segments)

    def _book(self, segment: Segment, events: int, tally: Tally) -> None:
        with self._ledger.lock:
            if not segment.is_own:
                self._ledger.adopted += events
                return
            # A write cut short may have left whole lines that were never counted as spooled.
            counted = min(events, segment.unsettled)
            segment.settled += counted
            delivered = min(tally.delivered, counted)
            rejected = min(tally.rejected, counted - delivered)
            dropped = counted - delivered - rejected
            self._ledger.add(Tally(delivered, rejected, dropped, spooled=-counted))

    def _retire(self, segment: Segment) -> None:
        """Delete a segment; events it still holds are lost, and counted."""
        with self._lock:
            self._segments = [kept for kept in self._segments if kept is not segment]
        is_spent = segment.is_spent
        try:
            segment.remove()
        except OSError as error:
            self._tell_failure(error)
        lost = segment.unsettled
        segment.settled += lost
        self._ledger.add(Tally(dropped=lost, spooled=-lost))
        if lost or not is_spent:
            self._complaints.tell(EventsDropped("the spool had no room or was damaged", lost))

    def _roll(self) -> None:
        """Begin a new segment when the open one is full."""
        is_open = bool(self._segments) and self._segments[-1].is_open
        is_full = is_open and self._segments[-1].size_bytes >= self._segment_bytes
        if self._keeps_open and (is_full or not is_open):
            self.open()
        elif is_full:
            with self._lock:
                self._segments[-1].seal()

    def _scan(self) -> None:
        held = {segment.path for segment in self._segments}
        free = _ADOPTED_LIMIT - sum(not segment.is_own for segment in self._segments)
        adopted, self._others_bytes = self._folder.adopt(held, free)
        with self._lock:
            self._segments = [*adopted, *self._segments]
        self._may_adopt_more = len(adopted) == free

    def _tell_failure(self, error: OSError) -> None:
        self._complaints.tell(SpoolFailed(error.strerror or type(error).__name__))


def _count_fitting(lines: Sequence[bytes], room_bytes: int) -> int:
    for number, line in enumerate(lines):
        room_bytes -= len(line) + FRAME_OVERHEAD_BYTES
        if room_bytes < 0:
            return number
    return len(lines)
