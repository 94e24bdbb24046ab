"""
Packing a catalog's changes: the newest value of each field, and no older ones.

What is known is folded and written under a writer of its own, with the stamps that decide what is
newest; the packing is numbered, then the segments that were read are deleted. Folding is
independent of order and of repetition, so that nothing has to happen at one moment: killed in
between, or done by two at once, some changes are merely told twice; what is appended meanwhile
stays where it is. Whoever lists segments between two equal numbers has listed all: whatever was
deleted under their eyes was numbered, and so written anew, before they began.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from recommender_store.author import Author
from recommender_store.errors import RevisionConflict
from recommender_store.objects.append_log import (
    AppendLog,
    Marks,
    Segment,
    advanced,
    new_writer_id,
)
from recommender_store.objects.revisions import RevisionChain
from recommender_store.objects.scope import Scope

from .change import ItemChange
from .known_items import changes_in
from .snapshot import SnapshotRecord

PACKED = "packed-"
"""Begins the names of the writers that packed."""

SEGMENTS_LIMIT = 16
"""Fewer small segments are not worth it."""

PACKINGS_LOOKED_AT = 4
"""Who missed more of them reads the newest as if it were new."""


_AUTHOR = Author(by="platform", origin="catalog")


@dataclass(frozen=True)
class Packing:
    """What packing did, or would do."""

    segments: int = 0
    """Deleted, since what they say stands in newer ones."""
    changes_before: int = 0
    changes_after: int | None = None
    """None where it was only planned."""


class _Packed(msgspec.Struct):
    """What one packing wrote, and where what it read ended."""

    writer: str | None = None
    """None: nothing was left to write, or an older version of this code packed."""
    last: str = ""
    """Its last segment."""
    covers: dict[str, str] = {}
    """Marks: who had taken in everything up to them knows all that was written."""
    snapshot: SnapshotRecord | None = None
    """Of all that was written, as arrays."""


class Packings:
    """How often a catalog was packed, and into what."""

    def __init__(self, chain: RevisionChain) -> None:
        self._chain = chain

    def number(self) -> int:
        """Grows before a packing deletes anything, and after everything is written that stays."""
        head = self._chain.head()
        return head.number if head else 0

    def newest_snapshot(self) -> tuple[SnapshotRecord, Marks, int] | None:
        """That of the newest packing, marks behind what is in it, and the packing's number."""
        head = self._chain.head()
        packed = msgspec.convert(head.value, _Packed) if head and head.value else _Packed()
        if head is None or packed.snapshot is None or packed.writer is None:
            return None
        return packed.snapshot, {packed.writer: packed.last}, head.number

    def count(
        self, read: Sequence[Segment], written: Marks, snapshot: SnapshotRecord | None = None
    ) -> None:
        """Make the number grow."""
        covers = advanced({}, read)
        packed = [_Packed(writer, last, covers, snapshot) for writer, last in written.items()]
        value = msgspec.to_builtins(packed[0] if packed else _Packed())
        # Who was faster numbered while our segments lay there too: for readers that is as good.
        with suppress(RevisionConflict):
            self._chain.append({"segments": len(read), **value}, author=_AUTHOR)

    def passed(self, marks: Marks) -> Marks:
        """The marks, moved past what was packed lately of nothing but what was taken in already."""
        head = self.number()
        for number in range(max(1, head - PACKINGS_LOOKED_AT + 1), head + 1):
            packed = msgspec.convert(self._chain.at(number).value, _Packed)
            known = (marks.get(writer, "") >= last for writer, last in packed.covers.items())
            if packed.writer is not None and all(known):
                marks = {**marks, packed.writer: max(marks.get(packed.writer, ""), packed.last)}
        return marks


def is_packed(segment: Segment) -> bool:
    return segment.writer.startswith(PACKED)


def due_for_packing(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """All segments, where enough has come since they were packed last."""
    packed = {segment.writer for segment in segments if is_packed(segment)}
    loose = sum(segment.writer not in packed for segment in segments)
    return tuple(segments) if loose > SEGMENTS_LIMIT or len(packed) > 1 else ()


def packing_writer(scope: Scope) -> AppendLog:
    """A log to write packed changes to, under a name that was never used."""
    return AppendLog(scope, PACKED + new_writer_id())


def planned(segments: Sequence[Segment]) -> Packing:
    return Packing(len(segments), sum(segment.name.line_count for segment in segments))


def unfolded(told: Mapping[str, bytes]) -> Iterator[ItemChange]:
    """The fewest changes that say what these packed items say."""
    return (change for item_id, raw in told.items() for change in changes_in(item_id, raw))
