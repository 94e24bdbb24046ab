"""
A chain of revisions: everything that is decided, as records numbered 1, 2, 3 … under one prefix.

The newest number is the value. The next number is written with put-if-absent, so that a lost race
is a clear RevisionConflict on every store, without locks, and the past stays to be read. Deletion
is a revision without value. The chain never lists and never removes a record.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

import msgspec

from recommender_store.author import Author
from recommender_store.errors import (
    ObjectMissing,
    RecordUnreadable,
    RevisionConflict,
    StoreUnavailable,
)

from .digest import record_digest
from .head import find_head
from .keys import revision_name
from .protocol import ObjectStore

FORMAT = "revision/1"
PAUSES_S = (0.05, 0.2, 0.8)  # between tries of one write: rides out a blip, not an outage


def utc_now() -> datetime:
    """Tell the time; whoever tests passes another clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Revision:
    """One decision; `value` None means that it was to delete."""

    number: int
    value: dict[str, Any] | None
    write_id: str
    written_at: datetime
    written_by: str
    written_from: str
    request_id: str = ""
    sha256: str | None = None
    """Of the record as it lies in the store; older ones have none."""


Witness = Callable[[str, Revision | None, Revision], None]
"""Told the chain's prefix, what was newest and what is, once it is durable."""


class _Record(
    msgspec.Struct, rename={"written_by": "by", "written_from": "from"}, omit_defaults=True
):
    format: str
    number: int
    write_id: str
    written_at: Annotated[datetime, msgspec.Meta(tz=True)]
    written_by: str
    written_from: str
    value: dict[str, Any] | None
    request_id: str = ""
    sha256: str | None = None
    """Of the record without this field; older records have none."""


class RevisionChain:
    """
    One chain. Safe to share between threads; it remembers the newest number it has seen as a hint.

    `objects` is a scope whose prefix holds this chain alone.
    """

    def __init__(
        self,
        objects: ObjectStore,
        *,
        clock: Callable[[], datetime] = utc_now,
        pause: Callable[[float], None] = time.sleep,
        witness: Callable[[Revision | None, Revision], None] | None = None,
    ) -> None:
        self._objects = objects
        self._clock = clock
        self._pause = pause
        self._witness = witness
        self._seen = 0

    def head(self, hint: int = 0) -> Revision | None:
        """
        Read the newest revision (a deletion too), None where nothing was ever decided.

        Two reads when `hint` or what this instance saw last is still the newest, else O(log n).
        """
        found = find_head(self._read, max(hint, self._seen))
        if found is None:
            self._seen = 0
            return None
        number, data = found
        self._seen = number
        return _decode(data, number)

    def at(self, number: int) -> Revision:
        """Read one revision; raises ObjectMissing."""
        return _decode(self._objects.get(revision_name(number)), number)

    def revisions(self) -> Iterator[Revision]:
        """Read all, the newest first."""
        newest = self.head()
        if newest is None:
            return
        yield newest
        for number in range(newest.number - 1, 0, -1):
            yield self.at(number)

    def append(
        self, value: dict[str, Any], *, author: Author, expected: int | None = None
    ) -> Revision:
        """
        Write the next revision, after `expected` (0: the first; None: after the newest, whichever).

        Raises RevisionConflict where another writer was first, also with None: decide again then.
        StoreUnavailable means that the outcome is unknown even after reading back.
        """
        return self._append(value, author, expected)

    def delete(self, *, author: Author, expected: int | None = None) -> Revision:
        """Write a revision without value, by the same rules as `append`."""
        return self._append(None, author, expected)

    def _append(
        self, value: dict[str, Any] | None, author: Author, expected: int | None
    ) -> Revision:
        # Reading the head first keeps the chain without gaps whatever number a caller expects.
        newest = self.head(expected or 0)
        current = newest.number if newest else 0
        if expected is not None and expected != current:
            raise RevisionConflict(expected=expected, current=current)
        revision, data = _encoded(
            Revision(
                number=current + 1,
                value=value,
                write_id=uuid4().hex,
                written_at=self._clock(),
                written_by=author.by,
                written_from=author.origin,
                request_id=author.request_id,
            )
        )
        self._write(revision, data)
        self._seen = revision.number
        if self._witness is not None:
            self._witness(newest, revision)
        return revision

    def _write(self, revision: Revision, data: bytes) -> None:
        """Return when this very revision lies under its number, however many tries that takes."""
        for pause_s in (*PAUSES_S, None):
            try:
                if self._put(revision, data):
                    return
            except StoreUnavailable:
                if pause_s is None:
                    raise
            if pause_s is not None:
                self._pause(pause_s)
        raise StoreUnavailable(
            action=f"write revision {revision.number}",
            reason="the number is said to be taken, yet nothing lies there",
        )

    def _put(self, revision: Revision, data: bytes) -> bool:
        """Try once, then look: a PUT may land and still report an error, or that it was late."""
        failure: StoreUnavailable | None = None
        try:
            if self._objects.put_if_absent(revision_name(revision.number), data):
                return True
        except StoreUnavailable as error:
            failure = error
        there = self._read(revision.number)
        if there is None:
            if failure is not None:
                raise failure
            return False
        if _decode(there, revision.number).write_id == revision.write_id:
            return True
        newest = self.head(revision.number)
        raise RevisionConflict(expected=revision.number - 1, current=newest.number if newest else 0)

    def _read(self, number: int) -> bytes | None:
        try:
            return self._objects.get(revision_name(number))
        except ObjectMissing:
            return None


def _encoded(revision: Revision) -> tuple[Revision, bytes]:
    """The revision with its digest, and its bytes."""
    record = _Record(
        format=FORMAT,
        number=revision.number,
        write_id=revision.write_id,
        written_at=revision.written_at,
        written_by=revision.written_by,
        written_from=revision.written_from,
        value=revision.value,
        request_id=revision.request_id,
    )
    record.sha256 = record_digest(record)
    return replace(revision, sha256=record.sha256), msgspec.json.encode(record)


def _decode(data: bytes, number: int) -> Revision:
    name = revision_name(number)
    try:
        record = msgspec.json.decode(data, type=_Record)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RecordUnreadable(key=name, reason=str(error)) from error
    if record.sha256 not in (None, record_digest(record)):
        raise RecordUnreadable(key=name, reason="its bytes were changed")
    if (record.format, record.number) != (FORMAT, number):
        reason = f"it is {record.format!r} number {record.number}, not {FORMAT!r} number {number}"
        raise RecordUnreadable(key=name, reason=reason)
    return Revision(
        number=record.number,
        value=record.value,
        write_id=record.write_id,
        written_at=record.written_at,
        written_by=record.written_by,
        written_from=record.written_from,
        request_id=record.request_id,
        sha256=record.sha256,
    )
