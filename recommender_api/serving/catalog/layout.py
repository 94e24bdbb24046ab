"""
A catalog in serving rows, as it was at one moment: read whole once, and then only changed.

Where the catalog is large its arrays are mapped from a file, as somebody's own: a later state is
written over the few rows in which it differs, and costs a process no more memory than these.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender_models.protocol import Rows
from recommender_store.artifacts.vocabulary import Vocabulary
from recommender_store.catalog.cells import AttributeType
from recommender_store.catalog.columns import Columns
from recommender_store.catalog.columns_file import arrays_of, columns_of
from recommender_store.catalog.known_items import PackedItems, packed_by_row, raws_at

from .catalog_view import CatalogView, ages
from .changed_items import ChangedItems
from .item_table import ItemTable

ROOM_LEAST, ROOM_SHARE = 256, 8
"""Rows for items that come later: so many at least, and one for so many that are there."""
CHANGED_SHARE = 4
"""Where more than one in so many was changed, all are laid out anew."""

Arrays = Mapping[str, NDArray[Any]]
Types = Mapping[str, AttributeType]


@dataclass(frozen=True)
class About:
    """What is said of a layout beside its arrays."""

    types: Types
    """Of its columns."""
    row_count: int
    item_count: int
    field_count: int
    marks: Mapping[str, str]
    """How far the catalog had been read."""
    packings: int
    """How often it had been packed."""
    sha256: str | None = None
    """Of the items of the bundle whose rows come first."""


@dataclass(frozen=True)
class Layout:
    """One moment's catalog; `arrays` gives anew, each time, what may be written to."""

    about: About
    vocabulary: Vocabulary | None
    """Of the bundle whose rows come first."""
    others: Vocabulary
    arrays: Callable[[], Arrays]
    size_bytes: int

    @property
    def sha256(self) -> str | None:
        """Of the bundle's items."""
        return self.about.sha256

    def known(self) -> PackedItems:
        """What the catalog said, for a state to begin with."""
        arrays, items = self.arrays(), ItemTable(self.vocabulary, self.others)
        about = self.about
        return PackedItems(
            arrays["packed_starts"],
            arrays["packed"],
            items.row,
            items.id,
            about.item_count,
            about.field_count,
        )

    def raws(self, rows: Rows) -> list[bytes]:
        """The items of these rows as they are packed; nothing for -1."""
        arrays = self.arrays()
        return raws_at(arrays["packed_starts"], arrays["packed"], rows)

    def nothing_changed(self) -> ChangedItems:
        """What `view` begins with."""
        columns = columns_of(self.arrays(), self.about.types, self.about.row_count)
        return ChangedItems.beside(columns)

    def has_room(self, changed_count: int) -> bool:
        """Whether so few changes had better be written over it than laid out anew."""
        return changed_count <= max(ROOM_LEAST, self.about.row_count // CHANGED_SHARE)

    def holds(self, items: ItemTable) -> bool:
        """Whether there are rows for all of them."""
        rows = self.about.row_count
        return len(items) <= rows + room(rows)

    def view(self, items: ItemTable, changed: ChangedItems, types: Types) -> CatalogView:
        """
        The catalog with what was changed since.

        Args:
            items: this layout's, and behind them those that came later; what is changed is among
                them, and they fit in.
            changed: made of `nothing_changed`; of every item that came later something is told.
            types: as they are now; none differs from what a column has.
        """
        arrays = self.arrays()
        rows = items.places_of(list(changed.places))
        columns = columns_of(arrays, self.about.types, len(items))
        columns = columns.overwritten(rows, changed.columns)
        is_listed = arrays["is_listed"][: len(items)]
        is_listed[rows] = changed.is_listed
        newest = _merged(arrays["newest"], rows, changed.is_described, columns)
        return CatalogView(columns, types, is_listed, newest)


def laid_out(view: CatalogView, raws: Sequence[bytes]) -> tuple[dict[str, NDArray[Any]], Types]:
    """The arrays of a layout of this moment, each row's item packed; and its columns' types."""
    count = len(raws)
    places = np.concatenate([np.arange(count), np.full(room(count), -1)])
    columns = view.columns.relaid(places, {}, {})
    starts, packed = packed_by_row(raws)
    arrays = {
        **arrays_of(columns),
        "is_listed": np.append(view.is_listed, np.ones(room(count), np.bool_)),
        "newest": view.newest,
        "packed_starts": starts,
        "packed": packed,
    }
    return arrays, columns.types


def room(row_count: int) -> int:
    return max(ROOM_LEAST, row_count // ROOM_SHARE)


def _merged(newest: Rows, rows: Rows, is_described: NDArray[np.bool_], columns: Columns) -> Rows:
    """The rows by age, those that are described by their new one; equal ages by row."""
    if not len(rows):
        return newest
    is_changed = np.zeros(columns.row_count, np.bool_)
    is_changed[rows] = True
    kept = newest[~is_changed[newest]]
    late = np.sort(rows[is_described])
    late = late[np.argsort(ages(columns, late), kind="stable")]
    kept_ages, late_ages = ages(columns, kept), ages(columns, late)
    places = np.searchsorted(kept_ages, late_ages, side="left")
    ends = np.searchsorted(kept_ages, late_ages, side="right")
    for begin, end in set(zip(places.tolist(), ends.tolist(), strict=True)):
        if begin < end:
            same = (places == begin) & (ends == end)
            places[same] = begin + np.searchsorted(kept[begin:end], late[same])
    return np.insert(kept, places, late)
