"""
What a catalog said of its items at one moment, packed by row: an item is unpacked when it is asked
for, with the stamps that decide which of a later and an older change counts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from .change import ItemChange, Value
from .item import Item

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[ItemChange]).decode


class KnownItems(Protocol):
    """What a state of the catalog begins with. Immutable."""

    item_count: int
    """Of those that are there, not deleted."""
    field_count: int
    """Of all items together."""

    def item(self, item_id: str) -> Item | None:
        """The caller's own; None where nothing was ever said of it."""

    def raw(self, item_id: str) -> bytes:
        """The item as it is packed; nothing where nothing was ever said of it."""

    def ids(self) -> Iterator[str]:
        """Of all items of which anything was said, deleted ones too."""

    def __len__(self) -> int:
        """How many `ids` there are."""


class NothingKnown:
    """An empty catalog."""

    item_count = 0
    field_count = 0

    def item(self, item_id: str) -> None:  # noqa: ARG002 - it knows none
        return None

    def raw(self, item_id: str) -> bytes:  # noqa: ARG002 - the same
        return b""

    def ids(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class PackedItems:
    """
    Items by row, as `packed` made them.

    Args:
        starts: [rows + 1], int64: where each row begins; an empty one was never told of.
        packed: uint8.
        row_of: an id's row; -1 for one that has none.
        id_of: a row's id.
        item_count, field_count: as in `KnownItems`.
    """

    def __init__(
        self,
        starts: NDArray[np.int64],
        packed: NDArray[np.uint8],
        row_of: Callable[[str], int],
        id_of: Callable[[int], str],
        item_count: int,
        field_count: int,
    ) -> None:
        self._starts = starts
        self._packed = packed
        self._row_of = row_of
        self._id_of = id_of
        self.item_count = item_count
        self.field_count = field_count

    def item(self, item_id: str) -> Item | None:
        raw = self.raw(item_id)
        return unpacked(raw) if raw else None

    def raw(self, item_id: str) -> bytes:
        row = self._row_of(item_id)
        if not 0 <= row < len(self._starts) - 1:
            return b""
        return self._packed[self._starts[row] : self._starts[row + 1]].tobytes()

    def ids(self) -> Iterator[str]:
        return map(self._id_of, np.flatnonzero(np.diff(self._starts)).tolist())

    def __len__(self) -> int:
        return int(np.count_nonzero(np.diff(self._starts)))


def packed(item: Item) -> bytes:
    """As `PackedItems` unpacks it."""
    return _encode(item.changes(""))


def raws_at(
    starts: NDArray[np.int64], packed: NDArray[np.uint8], rows: NDArray[np.int32]
) -> list[bytes]:
    """Back from `packed_by_row`; nothing for the row -1."""
    begins, ends = starts[rows], starts[rows + 1]
    ends[rows < 0] = begins[rows < 0]
    text = packed.data
    return [
        bytes(text[one:other]) for one, other in zip(begins.tolist(), ends.tolist(), strict=True)
    ]


def packed_change(change: ItemChange) -> bytes:
    """An item of which only this was told."""
    item_id, change.item_id = change.item_id, ""
    raw = _encode([change])
    change.item_id = item_id
    return raw


def unpacked(raw: bytes) -> Item:
    item = Item()
    for change in _decode(raw):
        item.apply(change)
    return item


def changes_in(item_id: str, raw: bytes) -> list[ItemChange]:
    """The fewest changes that make the packed item."""
    changes = _decode(raw)
    for change in changes:
        change.item_id = item_id
    return changes


def told_of(raw: bytes) -> tuple[Mapping[str, Value], bool]:
    """The fields of a packed item, some of them null, and whether it is deleted."""
    if not raw:
        return {}, False
    changes = _decode(raw)
    if len(changes) == 1:
        return changes[0].fields, changes[0].is_deletion
    item = unpacked(raw)
    return item.fields, item.is_deleted


def packed_by_row(rows: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """`starts` and bytes of items by row."""
    starts = np.fromiter(accumulate(map(len, rows), initial=0), np.int64, len(rows) + 1)
    return starts, np.frombuffer(b"".join(rows), np.uint8)
