"""
The catalog as this process knows it, for one model: laid out once, then followed change by change.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import structlog

from recommender_store.catalog.cells import AttributeType
from recommender_store.catalog.known_items import raws_at
from recommender_store.catalog.log import Catalog
from recommender_store.catalog.reading import Reading
from recommender_store.catalog.snapshot import Snapshot
from recommender_store.catalog.state import CatalogState

from .catalog_view import CatalogView
from .changed_items import ChangedItems
from .item_table import ItemTable
from .layout import About, Layout, laid_out
from .layouts import Layouts, ModelItems

Types = Mapping[str, AttributeType]

_log = structlog.get_logger()


class CatalogRows(NamedTuple):
    """Items by their serving rows, and what the catalog says of them."""

    items: ItemTable
    view: CatalogView
    touched: Collection[str] | None = None
    """Items of which something else may be said than the last time; None: of any."""


NO_ROWS = CatalogRows(ItemTable(), CatalogView.of(ItemTable(), CatalogState(), {}))


class Counts(NamedTuple):
    """Of items that are there, and of all items' fields."""

    items: int
    fields: int


class HeardOf(NamedTuple):
    """Items that somebody did something with, known to the catalog or not."""

    ids: Sequence[str]
    since: int = 0
    """From here on they came after the rows before."""


class FollowedCatalog:
    """Of one tenant beside one model's items; followed and asked by one thread at a time."""

    def __init__(self, catalog: Catalog, layouts: Layouts) -> None:
        self.state = CatalogState()
        self._catalog = catalog
        self._layouts = layouts
        self._marks: Mapping[str, str] = {}
        self._packings = 0
        self._layout: Layout | None = None
        self._changed: ChangedItems | None = None
        """Beside the layout, as the last rows have them."""
        self._touched: set[str] | None = None
        """Items that were changed since; None: any may have been."""

    @property
    def size_bytes(self) -> int:
        """Of what is mapped."""
        return self._layout.size_bytes if self._layout is not None else 0

    @property
    def changed_count(self) -> int:
        """How many items were changed since they were laid out."""
        return len(self.state.changed_ids)

    def begin(self, sha256: str | None) -> None:
        """
        Know what the layout knows that this machine keeps for these items of a model; as long as
        nothing is known, any other will do.

        Raises:
            StoreError: where the catalog cannot be read.
        """
        layout = self._layouts.find(sha256)
        if layout is None and self._layout is None:
            layout = self._layouts.find_any()
        if layout is None or (self._layout is not None and self._layout.about == layout.about):
            return
        if self._catalog.has(layout.about.marks, layout.about.packings):
            self._take(layout)

    def follow(self) -> bool:
        """
        Take in what is new, at first everything; returns whether anything is.

        Raises:
            StoreError: where the catalog cannot be read; what is known stays.
        """
        is_first = self._layout is None
        if is_first:
            with self._layouts.making():
                self._read()
        packings = self._catalog.packings
        changes, marks = self._catalog.changes_after(self._marks)
        touched = self.state.apply(changes)
        self._marks, self._packings = marks, packings
        if self._touched is not None:
            self._touched |= touched
        return is_first or bool(touched)

    def rows(self, model: ModelItems | None, types: Types, heard_of: HeardOf) -> CatalogRows:
        """
        As things stand.

        Args:
            model: whose rows come first; None: those that the layout has which is at hand.
            types: of the attributes, as they are now.
            heard_of: they have rows too.

        Raises:
            StoreError: where the catalog cannot be read.
        """
        if model is not None and not self._is_of(model):
            self.begin(model.sha256)
            if self._is_of(model):
                self.follow()
        told = self._written_over(model, types, heard_of)
        if told is None:
            with self._layouts.making():
                told = self._laid_out(model, types, heard_of)
        self._touched = set()
        return told

    def _is_of(self, model: ModelItems) -> bool:
        return self._layout is not None and self._layout.sha256 == model.sha256

    def _read(self) -> None:
        """The whole catalog; unless somebody else was faster."""
        self.begin(None)
        if self._layout is not None:
            return
        with self._layouts.scratch() as folder:
            snapshot = self._catalog.snapshot(folder)
        if snapshot is not None:
            self._lay_out(snapshot)
            return
        packings = self._catalog.packings
        told, marks = self._catalog.folded()
        self._marks, self._packings = marks, packings
        types = self._catalog.attribute_types()
        self._read_anew(None, told, lambda item_id: told.get(item_id, b""), types)

    def _lay_out(self, snapshot: Snapshot) -> None:
        """Lay out what the store laid beside the log, by rows of its own."""
        reading, ids = snapshot.reading, snapshot.ids
        items = ItemTable.of(None, ids)
        places = np.empty(len(ids), np.int32)
        places[items.places_of(ids)] = np.arange(len(ids))
        types = reading.columns.types
        view = CatalogView.read(reading, types).after(items, places, CatalogState(), types)
        raws = raws_at(snapshot.starts, snapshot.packed, places)
        self._marks, self._packings = snapshot.marks, snapshot.packings
        self._keep(None, items, view, raws, Counts(reading.item_count, reading.field_count))

    def _take(self, layout: Layout) -> None:
        """Begin with it; what it does not know is to be followed."""
        self._layout, self._changed = layout, layout.nothing_changed()
        self.state = CatalogState(layout.known())
        self._marks, self._packings = layout.about.marks, layout.about.packings
        self._touched = None

    def _written_over(
        self, model: ModelItems | None, types: Types, heard_of: HeardOf
    ) -> CatalogRows | None:
        """By the layout and what was changed since; None where that will not do."""
        layout, changed = self._layout, self._changed
        if layout is None or changed is None or not (model is None or self._is_of(model)):
            return None
        if not changed.columns.fits(types):
            return None
        touched = self.state.changed_ids if self._touched is None else self._touched
        vocabulary = layout.vocabulary if model is None else model.vocabulary
        laid = ItemTable(vocabulary, layout.others)
        lately = heard_of.ids[0 if self._touched is None else heard_of.since :]
        unheard_of = np.flatnonzero(laid.places_of(lately) < 0).tolist()
        strangers = {lately[at] for at in unheard_of} - changed.places.keys()
        if not layout.has_room(len(changed) + len(touched) + len(strangers)):
            return None
        changed = changed.told([*touched, *(strangers - set(touched))], self.state, types)
        items = ItemTable(vocabulary, layout.others, changed.places)
        if not layout.holds(items):
            return None
        self._changed = changed
        return CatalogRows(items, layout.view(items, changed, types), self._touched)

    def _laid_out(self, model: ModelItems | None, types: Types, heard_of: HeardOf) -> CatalogRows:
        """Laid out anew; or by somebody else, who was faster."""
        known, touched = self._layout, self._touched
        self.begin(model.sha256 if model is not None else None)
        if self._layout is not known:
            self.follow()
            told = self._written_over(model, types, heard_of)
            if told is not None:
                return told
        before = self._written_over(None, types, heard_of) if model is not None else None
        if model is not None and before is not None:
            self._reorder(model, before, types, heard_of)
        else:
            ids = [*self.state.ids(), *heard_of.ids]
            self._read_anew(model, ids, self.state.packed, types)
        told = self._written_over(model, types, HeardOf(()))
        assert told is not None  # noqa: S101 - nothing was changed since
        return told._replace(touched=touched)

    def _read_anew(
        self,
        model: ModelItems | None,
        ids: Iterable[str],
        raw: Callable[[str], bytes],
        types: Types,
    ) -> None:
        """Lay out what is said of these items."""
        vocabulary = model.vocabulary if model is not None else None
        items = ItemTable.of(vocabulary, list(ids))
        every = items.all_ids()
        raws = [raw(item_id) for item_id in every]
        reading = Reading.of(every, raws, types)
        for attribute, kind in reading.left_out.items():
            _log.warning("attributes_left_out", attribute=attribute, expected=kind)
        view = CatalogView.read(reading, types)
        self._keep(model, items, view, raws, Counts(reading.item_count, reading.field_count))

    def _reorder(
        self, model: ModelItems, before: CatalogRows, types: Types, heard_of: HeardOf
    ) -> None:
        """Lay out what these rows say by those of another model."""
        layout, ids = self._layout, before.items.all_ids()
        if layout is None:
            return
        is_wanted = np.zeros(len(ids), np.bool_)
        is_wanted[before.view.newest] = True
        is_wanted[before.items.places_of(heard_of.ids)] = True
        items = ItemTable.of(model.vocabulary, [ids[at] for at in np.flatnonzero(is_wanted)])
        rows = items.places_of(ids)
        places = np.full(len(items), -1, np.int32)
        places[rows[rows >= 0]] = np.flatnonzero(rows >= 0)
        view = before.view.after(items, places, self.state, types)
        raws = layout.raws(np.where(places < layout.about.row_count, places, -1))
        changed = self.state.changed_ids
        for item_id, row in zip(changed, items.places_of(changed).tolist(), strict=True):
            raws[row] = self.state.packed(item_id)
        counts = Counts(self.state.item_count, self.state.field_count)
        self._keep(model, items, view, raws, counts)

    def _keep(
        self,
        model: ModelItems | None,
        items: ItemTable,
        view: CatalogView,
        raws: Sequence[bytes],
        counts: Counts,
    ) -> None:
        arrays, column_types = laid_out(view, raws)
        about = About(
            types=column_types,
            row_count=len(items),
            item_count=counts.items,
            field_count=counts.fields,
            marks=self._marks,
            packings=self._packings,
            sha256=model.sha256 if model is not None else None,
        )
        self._take(self._layouts.keep(model, items.others, arrays, about))
