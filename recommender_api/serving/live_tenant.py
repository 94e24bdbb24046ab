"""
One tenant, ready to be asked: its model, its catalog, its live history, each reloaded on its own.

What a request reads is one immutable `Loaded`, swapped whole: a request that began with one ends
with it. A model or a history that cannot be read is reported, tried again later, and what was
there before stays; without the catalog nothing is served, since nobody knows what is hidden.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from recommender_api.history.activity import Activity
from recommender_api.history.protocol import Deeds, History, Join, Recollection, Showing
from recommender_api.rules.compiled import Catalog
from recommender_api.rules.conditions import Masks
from recommender_api.rules.hooks.tenant_hooks import TenantHooks
from recommender_api.rules.rulebook import Rulebook
from recommender_api.tracing.traces import Traces
from recommender_models.bundle import Bundle
from recommender_models.opening import open_bundle
from recommender_models.protocol import NOTHING, ForYou, Ranked, ReadsWords, SimilarItems
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.catalog.columns import AttributeType
from recommender_store.catalog.state import CatalogState
from recommender_store.policies.policies import Decided
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.settings import HookSettings, ServingSettings

from .catalog_view import CatalogView
from .described import Described
from .item_table import ItemTable
from .part import Part
from .popular_by_value import PopularByValue
from .remembered import Remembered

REST_FACTOR = 20.0
"""Rows are made anew for items that events brought after 20 times the time that it takes."""


@dataclass(frozen=True)
class Loaded:
    """What one request is answered from."""

    bundle: Bundle | None
    items: ItemTable
    catalog: CatalogView
    popular: Ranked = NOTHING
    """Everything that anybody did anything with, by the model, else by live history's counts."""
    popular_by: PopularByValue | None = None
    """The same by the values of an attribute, where the tenant names one."""
    described: SimilarItems | None = None
    """Item-to-item by titles and attributes, items newer than the model among them."""
    fault: str | None = None
    """Why the newest model, history, settings or rules could not be read."""
    rulebook: Rulebook = field(kw_only=True)
    hooks: HookSettings = field(default_factory=HookSettings)
    """Which hooks the rules may call, and how long an answer waits for them."""
    remembered: Remembered = field(init=False, default_factory=Remembered)
    """Of this state alone."""

    @cached_property
    def similar(self) -> SimilarItems | None:
        return self.bundle.similar if self.bundle is not None else None

    @cached_property
    def for_you(self) -> ForYou | None:
        return self.bundle.for_you if self.bundle is not None else None

    def deciding(self, decided: Decided) -> "Loaded":
        """The same, as if the tenant had decided this."""
        return replace(self, rulebook=_rulebook(decided, self.items, self.catalog, self.hooks))

    @cached_property
    def model(self) -> dict[str, str] | None:
        """The model as an answer names it."""
        if self.bundle is None:
            return None
        manifest = self.bundle.manifest
        return {
            "version": manifest.version,
            "trained_at": manifest.created_at.isoformat(),
            "data_until": manifest.data_until.isoformat(),
        }


class LiveTenant:
    """
    Its parts are loaded by blocking calls, one `refresh` at a time; `refresh_catalog` may run
    beside it. Reading them needs no lock.
    """

    def __init__(
        self,
        space: TenantSpace,
        cache: LocalCache,
        history: History,
        clock: Callable[[], float] = time.monotonic,
        hooks: TenantHooks | None = None,
    ) -> None:
        self.space = space
        self.history = history
        self.hooks = hooks
        """The tenant's own code; None where none is run."""
        self.writer = space.events.writer
        """Under which this process writes into the tenant's log."""
        self.traces: Traces | None = None
        """Where answers are written down; None: nowhere."""
        self._activity = Activity()
        self._cache = cache
        self._clock = clock
        self._catalog = CatalogState()
        self._catalog_marks: Mapping[str, str] = {}
        self._bundle: Bundle | None = None
        self._model = Part("model", self._model_number, self._read_model, clock)
        self._log = Part("history", space.events.version, self._read_history, clock)
        self._settings = Part("settings", space.settings_number, self._read_settings, clock)
        self._parts = (self._model, self._log, self._settings)
        self._serving, self._hooks = ServingSettings(), HookSettings()
        self._policies = Part("rules", space.policies.number, self._read_policies, clock)
        self._decided: Decided | None = None
        self._changing = threading.Lock()
        """Held while the catalog is brought up to date, and while what is loaded is swapped."""
        self._is_loaded = False
        self._rests_until = 0.0
        self._events_swapped = self._items_swapped = 0
        items = ItemTable(None, ())
        view = CatalogView.of(items, self._catalog, {})
        rulebook = _rulebook(Decided(), items, view, self._hooks)
        self.loaded = Loaded(None, items, view, rulebook=rulebook)

    async def add(self, deeds: Deeds) -> None:
        """Take in events that were made durable; they count from the next request on."""
        self._activity.add(deeds)
        await self.history.add(deeds)

    async def show(self, showings: Sequence[Showing]) -> None:
        """Take in impressions that were made durable; they count from the next request on."""
        if showings:
            await self.history.show(showings)

    async def with_shown(
        self, recalled: Recollection, user_id: str | None, session_id: str | None
    ) -> Recollection:
        """The same, and what was shown to them where any rule asks for it."""
        if not self.loaded.rulebook.caps:
            return recalled
        told = await self.history.shown(user_id, session_id)
        return recalled._replace(shown=told.shown, fault=recalled.fault or told.fault)

    async def join(self, join: Join) -> None:
        """Take in that a session is a user's; it counts from the next request on."""
        await self.history.join(*join)

    async def recall(self, user_id: str | None, session_id: str | None) -> Recollection:
        """What is known of a user and a session, and heard of by that."""
        recalled = await self.history.recent(user_id, session_id)
        self.hear_of(recalled)
        return await self.with_shown(recalled, user_id, session_id)

    def hear_of(self, recalled: Recollection) -> None:
        """
        Items that nobody here has heard of, since another process took their events, get their rows
        with the next refresh.
        """
        row, activity = self.loaded.items.row, self._activity
        ids = (event.item_id for event in recalled.events)
        unheard_of = [one for one in ids if row(one) < 0 and one not in activity]
        if unheard_of:
            activity.hear_of(unheard_of)

    def wake_hooks(self) -> None:
        """Have the hooks that rules call ready before they are asked; to be called on the loop."""
        if self.hooks is not None and self.loaded.rulebook.calls_hooks:
            self.hooks.wake(self.loaded.hooks.allowed)

    def item(self, item_id: str) -> dict[str, object] | None:
        """What the catalog says of an item, as this process knows it; None for no such item."""
        known = self._catalog.get(item_id)
        return None if known is None or known.is_deleted else dict(known.fields)

    @property
    def trace_share(self) -> float:
        """Of the answers, to be written down."""
        return self._serving.trace_share if self.traces is not None else 0.0

    @property
    def policies_number(self) -> int | None:
        """Of the tenant's newest decision that is known here."""
        return self._policies.number

    @property
    def is_behind(self) -> bool:
        """Whether a refresh would help though nobody told of a change: new items, a try again."""
        if any(part.is_due for part in (*self._parts, self._policies)):
            return True
        has_strangers = self._activity.item_count > self._items_swapped
        counts_moved = self._bundle is None and self._activity.event_count > self._events_swapped
        is_stale = has_strangers or counts_moved or not self._is_loaded
        return is_stale and self._clock() >= self._rests_until

    def refresh(self) -> None:
        """
        Re-read the heads of everything; reload only what has moved: at first, all.

        Raises:
            StoreError: where the catalog cannot be read; what is loaded stays.
        """
        was_behind = self.is_behind
        self.refresh_catalog()
        moved = [part.refresh() for part in self._parts]
        if was_behind or any(moved):
            with self._changing:
                self._swap()

    def refresh_catalog(self) -> None:
        """
        Know what the catalog says and the tenant decided, without waiting for a model or a history
        to be read.

        Raises:
            StoreError: where the catalog cannot be read, or at first the rules; what is loaded
                stays.
        """
        with self._changing:
            changes, marks = self.space.catalog.changes_after(self._catalog_marks)
            touched = self._catalog.apply(changes)
            self._catalog_marks = marks
            if self._decided is None:
                self._read_policies()
            is_decided_anew = self._policies.refresh()
            if touched and self._is_loaded:
                self._swap()
            elif is_decided_anew and self._is_loaded:
                self._swap_rules()

    def _model_number(self) -> int:
        return self.space.models.current().number

    def _read_model(self) -> None:
        current = self.space.models.current()
        if current.version is not None:
            self._bundle, _ = open_bundle(self.space.models, current.version, self._cache)

    def _read_settings(self) -> None:
        settings = self.space.settings()
        self._serving, self._hooks = settings.serving, settings.hooks

    def _read_history(self) -> None:
        self._activity.reload(self.space.events)
        self.history.reload(self.space.events)

    def _read_policies(self) -> None:
        self._decided = self.space.policies.decided()

    @property
    def _fault(self) -> str | None:
        faults = (part.fault for part in (*self._parts, self._policies))
        return "; ".join(fault for fault in faults if fault is not None) or None

    def _swap_rules(self) -> None:
        decided = self.loaded.deciding(self._decided or Decided())
        self.loaded = replace(decided, fault=self._fault)

    def _swap(self) -> None:
        began = self._clock()
        item_ids = self._activity.item_ids()
        self._items_swapped, self._events_swapped = len(item_ids), self._activity.event_count
        described = [item_id for item_id, _ in self._catalog]
        items = ItemTable(self._bundle, [*described, *item_ids])
        types = {name: AttributeType(kind) for name, kind in self.space.catalog.types.all().items()}
        view = CatalogView.of(items, self._catalog, types)
        popular = self._popular(items)
        self.loaded = Loaded(
            bundle=self._bundle,
            items=items,
            catalog=view,
            popular=popular,
            popular_by=self._popular_by(popular, view),
            described=self._described(items, view),
            fault=self._fault,
            rulebook=_rulebook(self._decided or Decided(), items, view, self._hooks),
            hooks=self._hooks,
        )
        self._is_loaded = True
        now = self._clock()
        self._rests_until = now + REST_FACTOR * (now - began)

    def _popular(self, items: ItemTable) -> Ranked:
        ranking = self._bundle.popular if self._bundle is not None else None
        if ranking is not None:
            return ranking.top(len(ranking))
        counted = [
            (row, count)
            for item_id, count in self._activity.popular(self._activity.item_count)
            if (row := items.row(item_id)) >= 0
        ]
        rows, counts = np.array(counted, dtype=np.int64).reshape(-1, 2).T
        return Ranked(rows.astype(np.int32), counts.astype(np.float32))

    def _popular_by(self, popular: Ranked, view: CatalogView) -> PopularByValue | None:
        attribute = self._serving.popular_by
        if attribute is None:
            return None
        return PopularByValue.of(attribute, popular, view.columns.column(attribute))

    def _described(self, items: ItemTable, view: CatalogView) -> SimilarItems | None:
        """What the model knows by titles and attributes, and what came after it."""
        model = self._bundle.content if self._bundle is not None else None
        if not isinstance(model, ReadsWords):
            return model
        before = self.loaded.described
        earlier = before if isinstance(before, Described) else None
        return Described.of(model, items, view, self._catalog, earlier)


def _rulebook(
    decided: Decided, items: ItemTable, view: CatalogView, hooks: HookSettings
) -> Rulebook:
    """Ready for requests of this moment."""
    catalog = Catalog(Masks(view.columns), view.types, items.rows, hooks.allowed)
    rulebook = Rulebook(decided, catalog)
    rulebook.prepare(time.time())
    return rulebook
