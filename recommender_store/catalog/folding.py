"""
A whole log of changes folded at once: each item packed, and held as an object only where more than
one change was told of it.
"""

from collections.abc import Iterable

from .change import ItemChange
from .item import Item
from .known_items import packed, packed_change, unpacked


def folded_items(changes: Iterable[ItemChange]) -> dict[str, bytes]:
    """Each item packed, by id, in the order in which they were first told of."""
    told: dict[str, bytes] = {}
    again: dict[str, Item] = {}
    for change in changes:
        item_id = change.item_id
        known = told.get(item_id)
        if known is None:
            told[item_id] = packed_change(change)
            continue
        item = again.get(item_id)
        if item is None:
            item = again[item_id] = unpacked(known)
        item.apply(change)
    for item_id, item in again.items():
        told[item_id] = packed(item)
    return told
