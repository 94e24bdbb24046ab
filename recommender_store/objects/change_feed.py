"""
The platform's change feed: numbered entries that tell each replica what to read anew.

An entry is only a hint. What it points at is written first, the entry second, and a writer may
die in between: whoever follows the feed also reads the heads it depends on from time to time.
Entries may be doubled and, once old, are pruned; they never hold the value itself.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec

from recommender_store.errors import ObjectMissing, RecordUnreadable, StoreUnavailable

from .digest import record_digest
from .head import find_head
from .keys import revision_name
from .protocol import ObjectStore
from .revisions import utc_now

FORMAT = "feed/1"
TRIES = 200  # each lost race is another writer's success: many at once is a storm, not a fault


class FeedEntry(msgspec.Struct, frozen=True):
    """Something under `topic` changed for a tenant; `detail` says what to look at."""

    number: int
    topic: str
    tenant_id: str
    detail: dict[str, Any]
    written_at: Annotated[datetime, msgspec.Meta(tz=True)]
    format: str = FORMAT
    sha256: str | None = None
    """Of the entry without this field; older entries have none."""


class ChangeFeed:
    """One feed; `objects` is a scope whose prefix holds it alone. Safe to share between threads."""

    def __init__(self, objects: ObjectStore, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._objects = objects
        self._clock = clock
        self._seen = 0

    def head(self) -> int:
        """Tell the newest number, 0 for none: two reads while this instance follows the feed."""
        found = find_head(self._read, self._seen)
        # None is also what a search from the beginning gives where the beginning was pruned.
        self._seen = found[0] if found else self._last_listed()
        return self._seen

    def publish(
        self, topic: str, tenant_id: str, detail: dict[str, Any] | None = None
    ) -> FeedEntry:
        """Append the next entry, again and again while others are faster; durable afterwards."""
        for _ in range(TRIES):
            entry = FeedEntry(
                number=self.head() + 1,
                topic=topic,
                tenant_id=tenant_id,
                detail=detail or {},
                written_at=self._clock(),
            )
            entry = msgspec.structs.replace(entry, sha256=record_digest(entry))
            if self._objects.put_if_absent(revision_name(entry.number), msgspec.json.encode(entry)):
                self._seen = entry.number
                return entry
        raise StoreUnavailable(
            action="append to the change feed", reason=f"{TRIES} tries were all overtaken"
        )

    def poll(self, after: int, limit: int = 1000) -> list[FeedEntry]:
        """
        Read the entries after a number, oldest first, at most `limit`.

        Whoever comes so late that these were pruned gets the oldest ones that are left.
        """
        entries = self._following(after, limit)
        if entries or (after and self._read(after)):
            return entries
        oldest = self._first_listed()
        return self._following(oldest - 1, limit) if oldest > after else []

    def at(self, number: int) -> FeedEntry | None:
        """One entry, None where it is not there or not any more; raises RecordUnreadable."""
        data = self._read(number)
        return None if data is None else _decode(data, number)

    def prune(self, keep: int) -> int:
        """
        Delete all but the newest `keep` entries (at least one, from which the head is found).

        Oldest first, so that what is left has no holes wherever it ends; returns how many went.
        """
        gone = 0
        for key in self._prunable(keep):
            self._objects.delete(key)
            gone += 1
        return gone

    def prunable(self, keep: int) -> int:
        """How many entries `prune` would delete."""
        return sum(1 for _ in self._prunable(keep))

    def _prunable(self, keep: int) -> Iterator[str]:
        first_kept = revision_name(max(self.head() - max(keep, 1) + 1, 1))
        for info in self._objects.list(""):
            if info.key >= first_kept:
                return
            yield info.key

    def _following(self, after: int, limit: int) -> list[FeedEntry]:
        entries: list[FeedEntry] = []
        number = after + 1
        while len(entries) < limit and (data := self._read(number)) is not None:
            entries.append(_decode(data, number))
            number += 1
        return entries

    def _read(self, number: int) -> bytes | None:
        try:
            return self._objects.get(revision_name(number))
        except ObjectMissing:
            return None

    def _first_listed(self) -> int:
        return next((_number(info.key) for info in self._objects.list("")), 0)

    def _last_listed(self) -> int:
        return max((_number(info.key) for info in self._objects.list("")), default=0)


def _number(name: str) -> int:
    return int(name.removesuffix(".json"))


def _decode(data: bytes, number: int) -> FeedEntry:
    name = revision_name(number)
    try:
        entry = msgspec.json.decode(data, type=FeedEntry)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RecordUnreadable(key=name, reason=str(error)) from error
    if entry.sha256 not in (None, record_digest(entry)):
        raise RecordUnreadable(key=name, reason="its bytes were changed")
    if entry.format != FORMAT:
        reason = f"its format is {entry.format!r}, this version reads {FORMAT!r}"
        raise RecordUnreadable(key=name, reason=reason)
    return entry
