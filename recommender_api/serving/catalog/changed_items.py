"""
What was said of items since a catalog was laid out, and those that were heard of since: in columns
of their own, whose codes are those of the layout's texts.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import structlog
from numpy.typing import NDArray

from recommender_store.catalog.cells import AttributeType, AttributeTypeConflict, read_cell
from recommender_store.catalog.columns import Columns, Records
from recommender_store.catalog.item import Item
from recommender_store.catalog.state import CatalogState

NOWHERE = np.empty(0, np.int32)
_NO_FLAGS = np.empty(0, np.bool_)

_log = structlog.get_logger()


@dataclass(frozen=True)
class ChangedItems:
    """Immutable; each place is one item."""

    places: Mapping[str, int]
    """By id, in order."""
    columns: Columns
    is_listed: NDArray[np.bool_]
    is_described: NDArray[np.bool_]
    """Whether the catalog was ever told of it."""

    @classmethod
    def beside(cls, columns: Columns) -> Self:
        """None yet, of a layout that has these columns."""
        return cls({}, columns.moved(NOWHERE, {}, {}), _NO_FLAGS, _NO_FLAGS)

    def __len__(self) -> int:
        return len(self.places)

    def told(
        self, item_ids: Collection[str], state: CatalogState, types: Mapping[str, AttributeType]
    ) -> Self:
        """
        The same, with these items as the catalog describes them now: costs a walk through them, and
        copying what was told before.

        Args:
            item_ids: that were changed since, or that somebody else heard of.
            state: what the catalog says.
            types: as they are now; none differs from what a column has.
        """
        if not item_ids:
            return self
        places = dict(self.places)
        items = {
            places.setdefault(item_id, len(places)): (item_id, state.get(item_id))
            for item_id in item_ids
        }
        before = np.arange(len(places), dtype=np.int32)
        before[list(items)] = -1
        records = {place: record(*item) for place, item in items.items()}
        columns = typed(
            lambda fitting: self.columns.moved(before, fitting, types),
            records,
            {**types, **self.columns.types},
        )
        listed, described = (
            np.append(flags, False)[before] for flags in (self.is_listed, self.is_described)
        )
        for place, (_, item) in items.items():
            listed[place], described[place] = is_listed(item), item is not None
        return type(self)(places, columns, listed, described)


def record(item_id: str, item: Item | None) -> Mapping[str, object]:
    """As columns take it."""
    return {"item_id": item_id, **(item.fields if item is not None else {})}


def is_listed(item: Item | None) -> bool:
    """Not deleted, and not said to be unavailable; an item that nobody described is listed."""
    return item is None or not (item.is_deleted or item.fields.get("available") is False)


def typed(
    make: Callable[[Records], Columns], records: Records, types: Mapping[str, AttributeType]
) -> Columns:
    """The columns; a value of another type than its attribute has counts as missing."""
    try:
        return make(records)
    except AttributeTypeConflict as error:
        _log.warning("attributes_left_out", attribute=error.attribute, detail=str(error))
        return make(
            {
                row: {name: value for name, value in said.items() if _fits(value, types.get(name))}
                for row, said in records.items()
            }
        )


def _fits(value: object, expected: AttributeType | None) -> bool:
    return expected is None or read_cell(value, expected) is not None
