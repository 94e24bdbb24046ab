"""
One tenant's catalog: changes go in durably, states come out.

The log of changes is a log of segments like that of events; it never ages out.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from recommender_store.objects.append_log import AppendLog, Marks, advanced, clock_us
from recommender_store.objects.scope import Scope

from .change import ItemChange, check_item
from .state import CatalogState
from .types import AttributeTypes

LINES_PER_SEGMENT = 10_000

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ItemChange).decode


class ItemFields(NamedTuple):
    """An item as it is sent: its id and the fields that were named."""

    item_id: str
    fields: Mapping[str, Any]


class Catalog:
    """The catalog below one tenant's scope. Safe to share between threads."""

    def __init__(self, scope: Scope, clock_us: Callable[[], int] = clock_us) -> None:
        self._segments = AppendLog(scope.at("changes"))
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

    def check(self, item: ItemFields) -> None:
        """Raises ItemInvalid where `write` would; fixes the types of new attributes."""
        self.types.admit([(item.item_id, check_item(*item))])

    def remove(self, item_id: str) -> None:
        """
        Raises:
            ItemInvalid: where the id cannot be an item's.
        """
        check_item(item_id, {})
        writer = self._segments.writer
        self.append([ItemChange(item_id, self._next_us(), writer, is_deletion=True)])

    def append(self, changes: list[ItemChange]) -> None:
        for start in range(0, len(changes), LINES_PER_SEGMENT):
            self._segments.append(
                [_encode(change) for change in changes[start : start + LINES_PER_SEGMENT]]
            )

    def state(self) -> CatalogState:
        """Everything that is known now."""
        state = CatalogState()
        changes, _ = self.changes_after({})
        state.apply(changes)
        return state

    def changes_after(self, marks: Marks) -> tuple[Iterator[ItemChange], Marks]:
        """The changes past the marks, and the marks behind them."""
        segments = list(self._segments.segments(marks))
        changes = (_decode(line) for segment in segments for line in self._segments.read(segment))
        return changes, advanced(marks, segments)

    def _next_us(self) -> int:
        """Now, and later than ever before here: a clock set back undoes no change."""
        with self._lock:
            self._last_us = max(self._last_us + 1, self._clock_us())
            return self._last_us
