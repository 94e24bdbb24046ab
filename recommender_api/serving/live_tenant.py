"""
One tenant, ready to be asked: its model, its catalog, its live history, each reloaded on its own.

What a request reads is one immutable `Loaded`, swapped whole: a request that began with one ends
with it. A model or a history that cannot be read is reported, tried again later, and what was
there before stays; without the catalog nothing is served, since nobody knows what is hidden.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from recommender_api.experiments.assignment import Experiments
from recommender_api.history.activity import Activity
from recommender_api.history.protocol import Deeds, History, Join, Recollection, Showing
from recommender_api.rules.hooks.tenant_hooks import TenantHooks
from recommender_api.tracing.traces import Traces
from recommender_models.bundle import Bundle
from recommender_models.opening import most_popular, open_bundle
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.catalog.room import beyond
from recommender_store.errors import StoreError
from recommender_store.policies.experiment import Assigned
from recommender_store.policies.policies import Decided
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.settings import HookSettings, ServingSettings

from .account import Account
from .catalog.catalogs import Catalogs
from .catalog.followed_catalog import NO_ROWS, HeardOf
from .forgotten import Forgotten
from .loaded import Materials
from .part import Part
from .shelf_share import ShelfShareExceeded, check_shelf_share
from .user_names import UserNames
from .variant_models import VariantModels
from .weight import COUNTED_BYTES, TENANT_BYTES, bundle_bytes

POPULAR_MOST = 10_000
"""Of a model that is still being read: translated in some 50 ms, and enough for most filters."""
REST_FACTOR = 20.0
"""Rows are made anew for items that events brought after 20 times the time that it takes."""


_log = structlog.get_logger()


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
        self.tell_variant_failed: Callable[[Assigned], None] = _tell_nobody
        self.account, self._activity = Account(), Activity()
        self.forgotten, self.names = Forgotten(space), UserNames(space)
        self._cache, self._clock = cache, clock
        self._catalogs = Catalogs(space, cache)
        self._bundle: Bundle | None = None
        owner = space.tenant_id
        self._model = Part("model", self._model_number, self._read_model, clock, owner)
        self._log = Part("history", space.events.version, self._read_history, clock, owner)
        self._settings = Part("settings", space.settings_number, self._read_settings, clock, owner)
        self._variants = VariantModels(self._open, clock, owner)
        self._parts = (self._model, self._log, self._settings)
        self._serving, self._hooks = ServingSettings(), HookSettings()
        self._policies = Part("rules", space.policies.number, self._read_policies, clock, owner)
        self._decided: Decided | None = None
        self._known_popular: Sequence[tuple[str, float]] = ()
        self._changing = threading.Lock()
        """Held while the catalog is brought up to date, and while what is loaded is swapped."""
        self._is_loaded = self._is_whole = False
        self._rests_until, self._weight_bytes = 0.0, TENANT_BYTES
        self._events_swapped = self._items_swapped = 0
        self.loaded = Materials(self._activity).loaded(None, NO_ROWS, self._catalogs.state)

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
        told = self.forgotten.without(told, user_id)
        return recalled._replace(shown=told.shown, fault=recalled.fault or told.fault)

    async def join(self, join: Join) -> None:
        """Take in that a session is a user's; it counts from the next request on."""
        await self.history.join(*join)

    async def recent(self, user_id: str | None, session_id: str | None) -> Recollection:
        """What a user and a session did; of who was erased, what was done since."""
        recalled = await self.history.recent(user_id, session_id)
        return self.forgotten.without(recalled, user_id)

    async def recall(self, user_id: str | None, session_id: str | None) -> Recollection:
        """What is known of a user and a session, and heard of by that."""
        recalled = await self.recent(user_id, session_id)
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
        known = self._catalogs.state.get(item_id)
        return None if known is None or known.is_deleted else dict(known.fields)

    def items_beyond(self, item_ids: Sequence[str]) -> set[str]:
        """Those of the ids that the catalog has no room for, by the tenant's quota."""
        quotas = self.account.allowance.quotas
        return beyond(self._catalogs.state, item_ids, None if quotas is None else quotas.items)

    @property
    def item_count(self) -> int:
        """Items of the catalog, as this process knows it."""
        return self._catalogs.state.item_count

    @property
    def trace_share(self) -> float:
        """Of the answers, to be written down."""
        return self._serving.trace_share if self.traces is not None else 0.0

    @property
    def policies_number(self) -> int | None:
        """Of the tenant's newest decision that is known here."""
        return self._policies.number

    @property
    def size_bytes(self) -> int:
        """What it weighs in memory, by estimate; see `weight`."""
        counted_bytes = self._activity.item_count * COUNTED_BYTES
        remembered_bytes = self.loaded.remembered.size_bytes
        return self._weight_bytes + counted_bytes + remembered_bytes + self.history.size_bytes

    @property
    def is_behind(self) -> bool:
        """Whether a refresh would help though nobody told of a change: new items, a try again."""
        if any(part.is_due for part in (*self._parts, self._policies, self._variants)):
            return True
        has_strangers = self._activity.item_count > self._items_swapped
        counts_moved = self._bundle is None and self._activity.event_count > self._events_swapped
        is_stale = has_strangers or counts_moved or not self._is_loaded
        return is_stale and self._clock() >= self._rests_until

    def refresh(self) -> None:
        """
        Re-read the heads of everything; reload only what has moved: at first, all.

        Raises:
            StoreError: where the catalog cannot be read; what is loaded stays. At first also where
                it cannot be read how users are named.
        """
        self.names.learn_once()
        was_behind = self.is_behind or not self._is_whole
        erased = self.forgotten.look()
        self.refresh_catalog()
        has_moved = False
        for part in self._parts:
            has_moved = part.refresh() or has_moved
            if self._is_loaded and not self._is_whole:
                with self._changing:  # it answers already, by what is there
                    self._swap()
        has_moved = self._variants.refresh() or has_moved
        self._is_whole = True
        if self._fault is None:
            self.forgotten.release(erased)
        if was_behind or has_moved:
            with self._changing:
                self._swap()

    def stand_in(self) -> None:
        """
        Be ready to answer what is popular by the model, where there is one, under all rules, while
        the rest is read by `refresh`.

        Raises:
            StoreError: as `refresh`.
        """
        self.names.learn_once()
        self.forgotten.look()
        self.refresh_catalog()
        if not self._is_loaded:
            self._known_popular = self._read_popular()
        with self._changing:
            if not self._is_loaded:
                self._swap()

    def let_go(self) -> None:
        """It is nobody's any more: freed once the last request that it answers has ended."""
        self.traces = None
        for part in (*self._parts, self._policies, self._variants):
            part.let_go()

    def refresh_forgotten(self) -> None:
        """Know who was erased, without waiting for anything to be read anew."""
        self.forgotten.look()

    def refresh_catalog(self) -> None:
        """
        Know what the catalog says and the tenant decided, without waiting for a model or a history
        to be read.

        Raises:
            StoreError: where the catalog cannot be read, or at first the rules; what is loaded
                stays.
        """
        with self._changing:
            is_changed = self._catalogs.follow()
            if self._decided is None:
                self._read_policies()
            is_decided_anew = self._policies.refresh()
            if is_changed and self._is_loaded:
                self._swap()
            elif is_decided_anew and self._is_loaded:
                self._swap_rules()

    def _model_number(self) -> int:
        return self.space.models.current().number

    def _read_model(self) -> None:
        current = self.space.models.current()
        if current.version is not None:
            self._bundle = self._open(current.version, is_current=True)
            self._known_popular = ()

    def _read_popular(self) -> Sequence[tuple[str, float]]:
        try:
            version = self.space.models.current().version
            if version is None:
                return ()
            return most_popular(self.space.models, version, self._cache, POPULAR_MOST)
        except StoreError as error:  # `refresh` finds it too, tells of it and tries again
            detail = str(error)
            _log.warning("popular_unread", tenant_id=self.space.tenant_id, detail=detail)
            return ()

    def _open(self, version: str, *, is_current: bool = False) -> Bundle:
        variants = self._variants.bundles.values()
        beside = variants if self._bundle is None or is_current else (self._bundle, *variants)
        try:
            check_shelf_share(self.space, version, beside, self.account.shelf_bytes)
            bundle, _ = open_bundle(self.space.models, version, self._cache)
        except Exception as error:
            if isinstance(error, ShelfShareExceeded):
                self.account.tell_refused("shelf_share", 1)
            self.account.tell_artifact_refused(getattr(error, "code", "unreadable"))
            raise
        return bundle

    def _read_settings(self) -> None:
        settings = self.space.settings()
        self.names.learn(settings)
        self._serving, self._hooks = settings.serving, settings.hooks
        self.account.allowance.change(settings.quotas)

    def _read_history(self) -> None:
        known = self._bundle.items if self._bundle is not None else None
        self._activity.reload(self.space.events, known)
        self._items_swapped = 0  # they stand in another order
        self.history.reload(self.space.events)

    def _read_policies(self) -> None:
        self._decided = self.space.policies.decided()
        self._variants.wanted = Experiments(self._decided.experiments).versions

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
        types, heard_of = self._catalogs.types(), HeardOf(item_ids, self._items_swapped)
        if self._bundle is None and self._known_popular:
            heard_of = HeardOf([*item_ids, *(item_id for item_id, _ in self._known_popular)])
        before = self.loaded if self._is_loaded else None
        materials, variants = self._materials, self._variants.bundles
        self._catalogs.keep(variants)
        others = {
            version: materials.loaded(
                bundle,
                *self._catalogs.rows_beside(bundle, types, heard_of),
                self.loaded.others.get(version),
            )
            for version, bundle in variants.items()
        }
        rows = self._catalogs.rows(self._bundle, types, heard_of)
        loaded = materials.loaded(self._bundle, rows, self._catalogs.state, before)
        self.loaded = replace(loaded, others=others)
        self._items_swapped, self._events_swapped = len(item_ids), self._activity.event_count
        self._is_loaded = True
        bundles = (self._bundle, *variants.values())
        self._weight_bytes = TENANT_BYTES + sum(map(bundle_bytes, bundles))
        self._weight_bytes += self._catalogs.size_bytes
        now = self._clock()
        self._rests_until = now + REST_FACTOR * (now - began)

    @property
    def _materials(self) -> Materials:
        return Materials(
            activity=self._activity,
            known_popular=self._known_popular,
            decided=self._decided or Decided(),
            serving=self._serving,
            hooks=self._hooks,
            fault=self._fault,
            is_loading=not self._is_whole,
        )


def _tell_nobody(failed: Assigned) -> None:
    """Where nobody counts."""
