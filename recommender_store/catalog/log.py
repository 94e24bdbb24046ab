"""
One tenant's catalog: changes go in durably, states come out.

The log of changes is a log of segments like that of events; it is packed, and never ages out.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from recommender_store.errors import ObjectMissing
from recommender_store.objects.append_log import AppendLog, Marks, Segment, advanced, clock_us
from recommender_store.objects.scope import Scope

from .cells import AttributeType
from .change import ItemChange, check_item
from .compaction import (
    Packing,
    Packings,
    due_for_packing,
    is_packed,
    packing_writer,
    planned,
    unfolded,
)
from .errors import ItemInvalid
from .folding import folded_items
from .snapshot import WORTH_LAYING, Snapshot, Snapshots
from .state import CatalogState
from .types import AttributeTypes

LINES_PER_SEGMENT = 10_000

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ItemChange).decode


class ItemFields(NamedTuple):
    """An item as it is sent: its id and the fields that were named."""

    item_id: str
    fields: Mapping[str, Any]


class RefusedItem(NamedTuple):
    """An item that the catalog cannot hold; `place` counts from 0 in what was given."""

    place: int
    item_id: str
    error: ItemInvalid


class FittingItems(NamedTuple):
    """How many items were written, and those that were not, in their order."""

    written: int
    refused: list[RefusedItem]


class Catalog:
    """The catalog below one tenant's scope. Safe to share between threads."""

    def __init__(
        self,
        scope: Scope,
        clock_us: Callable[[], int] = clock_us,
        snapshot_least: int = WORTH_LAYING,
    ) -> None:
        self._scope = scope.at("changes")
        self._segments = AppendLog(self._scope)
        self._packings = Packings(scope.chain("packings"))
        self._snapshots = Snapshots(scope.at("snapshots"), snapshot_least)
        self._clock_us = clock_us
        self._last_us = 0
        self._lock = threading.Lock()
        self.types = AttributeTypes(scope.chain("types"))

    def write(self, items: Iterable[ItemFields], *, replaces: bool = False) -> int:
        """
        Make the sent fields durable; with `replaces`, everything not sent is taken away.

        All are checked before the first is written. An item that comes twice is changed twice, in
        the order of `items`.

        Raises:
            ItemInvalid: for the first item that the catalog cannot hold; nothing was written.
        """
        checked = [(item_id, check_item(item_id, fields)) for item_id, fields in items]
        self.types.admit(checked)
        writer = self._segments.writer
        self.append(
            [
                ItemChange(item_id, self._next_us(), writer, fields, replaces)
                for item_id, fields in checked
            ]
        )
        return len(checked)

    def write_fitting(self, items: Iterable[ItemFields]) -> FittingItems:
        """
        Make those items durable that the catalog can hold, whatever the others are.

        Each is checked by itself, after those before it: the first value of an attribute fixes
        its type for the items that follow, also where they are of the same id.
        """
        good, refused = [], []
        for place, item in enumerate(items):
            try:
                self.types.admit([(item.item_id, check_item(*item))])
                good.append(item)
            except ItemInvalid as error:
                refused.append(RefusedItem(place, item.item_id, error))
        return FittingItems(self.write(good) if good else 0, refused)

    def remove(self, item_id: str) -> None:
        """
        Raises:
            ItemInvalid: where the id cannot be an item's.
        """
        check_item(item_id, {})
        writer = self._segments.writer
        self.append([ItemChange(item_id, self._next_us(), writer, is_deletion=True)])

    def append(self, changes: list[ItemChange]) -> None:
        _append(self._segments, changes)

    def plan_packing(self) -> Packing:
        """What `pack` would do."""
        return planned(due_for_packing(self._listed({})))

    def pack(self) -> Packing:
        """Keep the newest value of each field only. Safe to run twice, at once, and to kill."""
        segments = due_for_packing(self._listed({}))
        if not segments:
            return Packing(0, 0, 0)
        told = folded_items(self._told(segments, {}))
        log = packing_writer(self._scope)
        written = _append(log, unfolded(told))
        snapshot = self._snapshots.lay(log.writer, told, self.attribute_types())
        self._packings.count(segments, advanced({}, written), snapshot)
        for segment in segments:
            self._scope.delete(segment.key)
        newest = self._packings.newest_snapshot()
        self._snapshots.keep(newest[0].name if newest else None, self._clock_us())
        return replace(planned(segments), changes_after=planned(written).changes_before)

    def state(self) -> CatalogState:
        """Everything that is known now."""
        state = CatalogState()
        changes, _ = self.changes_after({})
        state.apply(changes)
        return state

    def snapshot(self, folder: Path) -> Snapshot | None:
        """
        What the newest packing laid beside the log; None where there is none that can be read.

        Args:
            folder: where it may be downloaded to; what was read stays when it goes.
        """
        newest = self._packings.newest_snapshot()
        return None if newest is None else self._snapshots.read(*newest, folder)

    def snapshot_fault(self) -> tuple[str, str] | None:
        """The key of the newest packing's snapshot, and what is wrong with it."""
        newest = self._packings.newest_snapshot()
        fault = self._snapshots.fault(newest[0]) if newest is not None else None
        return None if newest is None or fault is None else (newest[0].name, fault)

    def folded(self) -> tuple[dict[str, bytes], Marks]:
        """Every item as it is packed, by id, and the marks behind what was read."""
        changes, marks = self.changes_after({})
        return folded_items(changes), marks

    def changes_after(self, marks: Marks) -> tuple[Iterator[ItemChange], Marks]:
        """The changes past the marks, some perhaps once more, and the marks behind them."""
        segments = self._listed(marks)
        if marks and any(is_packed(segment) for segment in segments):
            marks = self._packings.passed(marks)
            segments = [one for one in segments if str(one.name) > marks.get(one.writer, "")]
        return self._told(segments, marks), advanced(marks, segments)

    @property
    def packings(self) -> int:
        """How often it was packed."""
        return self._packings.number()

    def attribute_types(self) -> dict[str, AttributeType]:
        """As they are fixed now."""
        return {name: AttributeType(kind) for name, kind in self.types.all().items()}

    def has(self, marks: Marks, packings: int) -> bool:
        """
        Whether these may be marks of this catalog, which had been packed so often: not those of
        another store's, nor of a time that a backup did not know.
        """
        if packings != (number := self._packings.number()):
            return packings < number
        listed = {(one.writer, str(one.name)) for one in self._segments.segments()}
        return listed.issuperset(marks.items())

    def _listed(self, marks: Marks) -> list[Segment]:
        """Every segment past the marks; once more for each packing that happens meanwhile."""
        number = self._packings.number()
        while True:
            segments = list(self._segments.segments(marks))
            if number == (newest := self._packings.number()):
                return segments
            number = newest

    def _told(self, segments: Iterable[Segment], marks: Marks) -> Iterator[ItemChange]:
        for segment in segments:
            try:
                lines = self._segments.read(segment)
            except ObjectMissing:
                # Packed since it was listed: what it said stands in a segment that came before
                # it went.
                yield from self._told(self._listed(marks), marks)
                return
            yield from map(_decode, lines)

    def _next_us(self) -> int:
        """Now, and later than ever before here: a clock set back undoes no change."""
        with self._lock:
            self._last_us = max(self._last_us + 1, self._clock_us())
            return self._last_us


def _append(log: AppendLog, changes: Iterable[ItemChange]) -> list[Segment]:
    lines, written = map(_encode, changes), []
    while some := list(islice(lines, LINES_PER_SEGMENT)):
        written.append(log.append(some))
    return written
