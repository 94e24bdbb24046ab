"""
The audit trail: one chain of entries for the whole platform, in the order in which they came.

Writing puts the next number, again and again while others are faster. Nothing is ever replaced or
removed. An entry follows what it tells of: whoever dies in between leaves a decision without one,
which `check_trail` names.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import structlog

from recommender_store.errors import ObjectMissing, RecordUnreadable, StoreUnavailable
from recommender_store.objects.head import find_head
from recommender_store.objects.keys import revision_name
from recommender_store.objects.protocol import ObjectStore

from .entry import AuditEntry, Seals, decode, encode, placed

_log = structlog.get_logger()

TRIES = 200
"""Each lost race is another writer's success: many at once is a storm, not a fault."""
LOOKED_AT_MOST = 2_000
"""Entries that one page reads: what is rare is found over several pages."""
READS_AT_ONCE = 16

Matches = Callable[[AuditEntry], bool]


class Page(NamedTuple):
    """Some entries, the newest first, and behind which number the next page begins."""

    entries: list[AuditEntry]
    before: int | None


class Trail:
    """`objects` is a scope whose prefix holds the trail alone. Safe to share between threads."""

    def __init__(self, objects: ObjectStore, seals: Seals) -> None:
        self._objects = objects
        self._seals = seals
        self._seen = 0

    def append(self, entry: AuditEntry) -> AuditEntry:
        """
        Write it under the next number; durable when it returns.

        Raises:
            StoreUnavailable, StoreFull
        """
        for _ in range(TRIES):
            head = self.head()
            number, before = head if head is not None else (0, None)
            written = placed(entry, number + 1, before, self._seals)
            if self._put(written):
                self._seen = written.number
                return written
        raise StoreUnavailable(
            action="append to the audit trail", reason=f"{TRIES} tries were all overtaken"
        )

    def head(self) -> tuple[int, bytes] | None:
        """The newest entry's number and bytes; None before the first."""
        found = find_head(self.read, self._seen)
        self._seen = found[0] if found else 0
        return found

    def read(self, number: int) -> bytes | None:
        try:
            return self._objects.get(revision_name(number))
        except ObjectMissing:
            return None

    def page(self, limit: int, before: int | None, matches: Matches) -> Page:
        """
        The newest entries that match, from below the number `before` on.

        A page may hold fewer than `limit`, or none, and still have a next one.
        """
        head = self.head()
        top = head[0] if head is not None else 0
        start = top if before is None else min(before - 1, top)
        found: list[AuditEntry] = []
        number = start + 1
        for number, entry in self._backwards(start):
            if entry is not None and matches(entry):
                found.append(entry)
            if len(found) == limit or start - number + 1 >= LOOKED_AT_MOST:
                break
        return Page(found, number if number > 1 and start >= 1 else None)

    def _backwards(self, start: int) -> Iterator[tuple[int, AuditEntry | None]]:
        """Every entry from a number down to the first; None for one that cannot be read."""
        with ThreadPoolExecutor(READS_AT_ONCE) as readers:
            for high in range(start, 0, -READS_AT_ONCE):
                numbers = range(high, max(high - READS_AT_ONCE, 0), -1)
                yield from zip(numbers, readers.map(self._entry, numbers), strict=True)

    def _entry(self, number: int) -> AuditEntry | None:
        data = self.read(number)
        try:
            return None if data is None else decode(data, number)
        except RecordUnreadable as error:
            _log.error("audit_entry_unreadable", number=number, detail=error.reason)
            return None

    def _put(self, entry: AuditEntry) -> bool:
        """Try once, then look: a PUT may land and still report an error."""
        data = encode(entry)
        try:
            if self._objects.put_if_absent(revision_name(entry.number), data):
                return True
        except StoreUnavailable:
            if self.read(entry.number) is None:
                raise
        return self.read(entry.number) == data
