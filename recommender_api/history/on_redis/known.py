"""
What of a tenant's log Redis holds, and bringing it up to the log where something is missing.

Marks (writer → segment) say up to where Redis was told of every segment. Past them, segments are
read again: to tell an event twice does no harm. The whole is told anew, from the checkpoint on,
where Redis forgot everything, where files were imported, and, after Redis was emptied of the
tenant, where the log forgot something: somebody was erased, or events expired.

Blocking, in a thread; what Redis is told goes through the loop that answers requests. One process
does it at a time.
"""

import asyncio
import secrets
import threading
import time
from collections.abc import Coroutine, Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

import msgspec

from recommender_api.history.protocol import Deed, Join, Showing
from recommender_api.history.replay import replayed, told_by
from recommender_store.event_log.compaction import GRACE
from recommender_store.event_log.log import EventLog

from .lines import Names, lines_of
from .link import Link
from .shown import lines_of_shown

Told = TypeVar("Told")

LOCK_S = 10
KEPT_S = 60 * 24 * 3600
"""How long Redis remembers what it knows of a tenant that nobody serves."""
TOLD_AT_ONCE = 2_000
SEGMENT_TIME_DIGITS = 16
UNKNOWN = -1
"""What an older version of this code did not write: never what the log says."""
LINGER_S = 120
"""A segment's name tells when its write began; by then it was told of, or missed."""


class Known(msgspec.Struct, frozen=True):
    """What Redis was told of, as Redis remembers it."""

    version: int
    """Of the list of files."""
    at_s: float
    imports: int = UNKNOWN
    purges: int = UNKNOWN
    """Counted by the log, and never less."""

    @classmethod
    def of(cls, log: EventLog, now_s: float) -> "Known":
        state, version, _ = log.listed()
        return cls(version, now_s, state.imports, state.purges)

    def leads_to(self, newer: "Known") -> bool:
        """Whether the segments past the marks are all that is missing."""
        is_whole = self.version == newer.version or newer.at_s - self.at_s < GRACE.total_seconds()
        return is_whole and self.imports == newer.imports and not self.is_purged_by(newer)

    def is_purged_by(self, newer: "Known") -> bool:
        """Whether Redis may tell of what the log forgot."""
        return self.purges != newer.purges


class Catching:
    """Brings one tenant's history in Redis up to its log."""

    def __init__(self, names: Names, link: Link, loop: asyncio.AbstractEventLoop) -> None:
        self._names = names
        self._link = link
        self._loop = loop
        self._token = secrets.token_hex(8)
        self._one_at_a_time = threading.Lock()

    def catch_up(self, log: EventLog) -> bool:
        """
        Have Redis know what the log says; False where another process is at it just now.

        Raises:
            OutOfReach: where Redis was lost meanwhile.
            StoreError: where the log cannot be read.
        """
        with self._one_at_a_time:
            if not self._has_lock():
                return False
            try:
                self._catch_up(log)
            finally:
                self._call("DEL", self._names.lock)
        return True

    def _has_lock(self) -> bool:
        """An economy: without it nothing breaks, but several would do the same work."""
        lock, token = self._names.lock, self._token
        if self._call("SET", lock, token, "NX", "PX", LOCK_S * 1000):
            return True
        # It may be our own, of a try whose answer came too late.
        return bool(self._call("GET", lock) == token.encode())

    def _catch_up(self, log: EventLog) -> None:
        newest = Known.of(log, time.time())
        known = self._known()
        if known is not None and known.leads_to(newest):
            lines, marks = log.lines_after(self._marks())
            self._tell(told_by(lines))
        else:
            if known is not None and known.is_purged_by(newest):
                self._wait(self._link.delete(self._names.all))
            _, before = log.remembered()
            _, marks = log.lines_after(before)
            self._tell(replayed(log))
        self._remember(newest, marks)

    def _known(self) -> Known | None:
        found = self._call("GET", self._names.known)
        return None if found is None else msgspec.json.decode(found, type=Known)

    def _marks(self) -> dict[str, str]:
        found = self._call("HGETALL", self._names.marks)
        return {writer.decode(): mark.decode() for writer, mark in found.items()}

    def _tell(self, told: Iterable[Deed | Join | Showing]) -> None:
        entries = iter(told)
        while some := list(islice(entries, TOLD_AT_ONCE)):
            done = [one for one in some if not isinstance(one, Showing)]
            shown = [one for one in some if isinstance(one, Showing)]
            lines = lines_of(self._names, done) | lines_of_shown(self._names, shown)
            self._wait(self._link.append(lines))
            self._call("PEXPIRE", self._names.lock, LOCK_S * 1000)

    def _remember(self, known: Known, marks: Mapping[str, str]) -> None:
        fresh = f"{int((known.at_s - KEPT_S) * 1e6):0{SEGMENT_TIME_DIGITS}d}"
        kept = {writer: mark for writer, mark in marks.items() if mark > fresh}
        if kept:
            self._call("HSET", self._names.marks, *(part for pair in kept.items() for part in pair))
            self._call("EXPIRE", self._names.marks, KEPT_S)
        self._call("SET", self._names.known, msgspec.json.encode(known), "EX", KEPT_S)

    def _call(self, *command: str | bytes | float) -> Any:
        return self._wait(self._link.call(*command))

    def _wait(self, doing: Coroutine[Any, Any, Told]) -> Told:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result()
