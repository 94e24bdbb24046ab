"""
The catalog as this process knows it, for one model: laid out once, then followed change by change.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from recommender_store.catalog.cells import AttributeType
from recommender_store.catalog.log import Catalog
from recommender_store.catalog.state import CatalogState

from .catalog_view import CatalogView
from .changed_items import ChangedItems
from .item_table import ItemTable
from .layout import About, Layout, laid_out
from .layouts import Layouts, ModelItems

Types = Mapping[str, AttributeType]


class CatalogRows(NamedTuple):
    """Items by their serving rows, and what the catalog says of them."""

    items: ItemTable
    view: CatalogView
    touched: Collection[str] | None = None
    """Items of which something else may be said than the last time; None: of any."""


NO_ROWS = CatalogRows(ItemTable(), CatalogView.of(ItemTable(), CatalogState(), {}))


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
        self._awaits_model = False
        self._told: CatalogRows | None = None
        """The last rows."""
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
        Know what the layout knows that this machine keeps for these items of a model, if it does;
        else what is laid out before the model is there is kept by nobody.

        Raises:
            StoreError: where the catalog cannot be read.
        """
        layout = self._layouts.find(sha256)
        self._awaits_model = layout is None and sha256 is not None
        if layout is None or self._is_at_hand(layout):
            return
        if self._catalog.has(layout.about.marks, layout.about.packings):
            self._take(layout)

    def follow(self) -> bool:
        """
        Take in what is new; returns whether anything is.

        Raises:
            StoreError: where the catalog cannot be read; what is known stays.
        """
        packings = self._catalog.packings
        changes, marks = self._catalog.changes_after(self._marks)
        touched = self.state.apply(changes)
        self._marks, self._packings = marks, packings
        if self._touched is not None:
            self._touched |= touched
        return bool(touched)

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
        self._told, self._touched = told, set()
        return told

    def _is_of(self, model: ModelItems) -> bool:
        return self._layout is not None and self._layout.sha256 == model.sha256

    def _is_at_hand(self, layout: Layout) -> bool:
        known = self._layout
        return known is not None and (known.sha256, known.about) == (layout.sha256, layout.about)

    def _take(self, layout: Layout) -> ChangedItems:
        """Begin with it; what it does not know is to be followed. Returns that nothing changed."""
        self._layout, self._changed = layout, layout.nothing_changed()
        self.state = CatalogState(layout.known())
        self._marks, self._packings = layout.about.marks, layout.about.packings
        self._touched = None
        return self._changed

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
        known = self._layout
        if model is not None or not self._awaits_model:
            self.begin(model.sha256 if model is not None else None)
        if self._layout is not known:
            self.follow()
            told = self._written_over(model, types, heard_of)
            if told is not None:
                return told
        vocabulary = model.vocabulary if model is not None else None
        items = ItemTable.of(vocabulary, [*self.state.ids(), *heard_of.ids])
        arrays, column_types = laid_out(items, self._view(items, types), self.state)
        about = About(
            types=column_types,
            row_count=len(items),
            item_count=self.state.item_count,
            field_count=self.state.field_count,
            marks=self._marks,
            packings=self._packings,
        )
        touched = self._touched
        if model is None and self._awaits_model:
            layout = self._layouts.hold(None, items.others, arrays, about)
        else:
            layout = self._layouts.keep(model, items.others, arrays, about)
        unchanged = self._take(layout)
        items = ItemTable(vocabulary, layout.others)
        return CatalogRows(items, layout.view(items, unchanged, types), touched)

    def _view(self, items: ItemTable, types: Types) -> CatalogView:
        """In memory: by the last rows, where it is known what was changed since."""
        before = self._told
        if before is None or self._touched is None or not before.view.columns.fits(types):
            return CatalogView.of(items, self.state, types)
        places = before.items.places_of(items.all_ids())
        changed = items.places_of(list(self._touched))
        places[changed] = -1
        return before.view.after(items, places, self.state, types)
