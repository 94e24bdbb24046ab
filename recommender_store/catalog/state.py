"""
What the catalog says now: all changes folded, the newest value of each field.

Folding is independent of the order in which changes arrive, so that replicas agree. A state may
begin with items that are known already, packed, and holds then only what was changed since.
"""

from collections.abc import Iterable, Iterator

from .change import ItemChange
from .item import Item
from .known_items import KnownItems, NothingKnown, packed


class CatalogState:
    """All items of a tenant, the deleted ones too (they must never be shown)."""

    def __init__(self, known: KnownItems | None = None) -> None:
        self._known: KnownItems = known or NothingKnown()
        self._changed: dict[str, Item] = {}
        self.field_count = self._known.field_count
        """Of all items together."""
        self.item_count = self._known.item_count
        """Of those that are there, not deleted."""
        self._new = 0

    def apply(self, changes: Iterable[ItemChange]) -> set[str]:
        """Fold changes in; returns the ids that they touched."""
        touched = set()
        for change in changes:
            item = self._changed.get(change.item_id)
            if item is None:
                item = self._own(change.item_id)
            fields, was_there = len(item.fields), not item.is_deleted
            item.apply(change)
            self.field_count += len(item.fields) - fields
            self.item_count += (not item.is_deleted) - was_there
            touched.add(change.item_id)
        return touched

    def _own(self, item_id: str) -> Item:
        item = self._known.item(item_id)
        if item is None:
            item = Item()
            self._new += 1
        self._changed[item_id] = item
        return item

    def get(self, item_id: str) -> Item | None:
        """Only to be read."""
        item = self._changed.get(item_id)
        return self._known.item(item_id) if item is None else item

    def packed(self, item_id: str) -> bytes:
        """As `PackedItems` unpacks it; nothing for an item of which nothing was ever said."""
        item = self._changed.get(item_id)
        return self._known.raw(item_id) if item is None else packed(item)

    @property
    def changed_ids(self) -> list[str]:
        """Items that were changed since the state began."""
        return list(self._changed)

    def ids(self) -> Iterator[str]:
        """Of every item; others may be added meanwhile."""
        changed = self.changed_ids
        yield from changed
        if len(self._known):
            known = set(changed)
            yield from (item_id for item_id in self._known.ids() if item_id not in known)

    def __iter__(self) -> Iterator[tuple[str, Item]]:
        for item_id in self.ids():
            item = self.get(item_id)
            if item is not None:
                yield item_id, item

    def __len__(self) -> int:
        return len(self._known) + self._new
