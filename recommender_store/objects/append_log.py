"""
A log that several writers append to: each its own folder of immutable segments.

`append` returns when the lines are durable. Readers see whole segments, a writer's in the order
of writing; a mark (writer → name of its last segment) says how far somebody has read.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from recommender_store.errors import SegmentCorrupt

from .keys import join
from .scope import Scope
from .segment import SegmentName, decode_segment, encode_segment

Marks = Mapping[str, str]
"""Writer → name of the last segment that was taken in."""


def new_writer_id() -> str:
    """A name for one process's writing; never used twice."""
    return uuid.uuid4().hex[:12]


def clock_us() -> int:
    """Now, in microseconds since 1970."""
    return time.time_ns() // 1000


class Segment(NamedTuple):
    """One segment of one writer."""

    writer: str
    name: SegmentName
    size_bytes: int

    @property
    def key(self) -> str:
        return f"{self.writer}/{self.name}"


class AppendLog:
    """
    The segments below one scope. Safe to share between threads.

    A writer's id belongs to one instance: two that wrote under one id could overtake each other,
    and readers would pass over the later one's older segment.
    """

    def __init__(
        self, scope: Scope, writer: str | None = None, clock_us: Callable[[], int] = clock_us
    ) -> None:
        self._scope = scope
        self.writer = writer or new_writer_id()
        self._clock_us = clock_us
        self._last_us = 0
        self._lock = threading.Lock()

    def append(self, lines: Sequence[bytes]) -> Segment:
        """
        Write `lines` as one segment; durable when it returns.

        One write at a time: a reader's mark moves past everything that sorts before it, so an
        older segment must never appear after a newer one. After an error the lines may be there
        or not; who appends them again gives readers the same events twice, which they fold.
        """
        with self._lock:
            self._last_us = max(self._last_us + 1, self._clock_us())
            name, body = encode_segment(lines, self._last_us)
            self._scope.put(f"{self.writer}/{name}", body)
        return Segment(self.writer, name, len(body))

    def segments(self, after: Marks | None = None) -> Iterator[Segment]:
        """Every segment past the marks, by writer and then in the order of writing."""
        for writer in self.writers():
            mark = (after or {}).get(writer)
            start = f"{writer}/{mark}" if mark else None
            for found in self._scope.list(writer, after=start):
                text = found.key.rpartition("/")[2]
                yield Segment(writer, SegmentName.parse(text), found.size)

    def segments_between(self, writer: str, from_us: int, until_us: int) -> Iterator[Segment]:
        """A writer's segments that were written from one moment to before another, in order."""
        for found in self._scope.list(writer, after=f"{writer}/{from_us:016d}"):
            name = SegmentName.parse(found.key.rpartition("/")[2])
            if name.written_at_us >= until_us:
                return
            yield Segment(writer, name, found.size)

    def writers(self) -> list[str]:
        """Every writer of whom a segment is left."""
        return self._scope.children("")

    def read(self, segment: Segment) -> list[bytes]:
        """Raises SegmentCorrupt, with the segment's whole key, and ObjectMissing."""
        try:
            return decode_segment(segment.name, self._scope.get(segment.key))
        except SegmentCorrupt as error:
            key = join(self._scope.prefix, segment.key)
            raise SegmentCorrupt(segment=key, reason=error.reason) from error


def advanced(marks: Marks, segments: Sequence[Segment]) -> dict[str, str]:
    """The marks after `segments` were taken in."""
    moved = dict(marks)
    for segment in segments:
        moved[segment.writer] = max(moved.get(segment.writer, ""), str(segment.name))
    return moved
