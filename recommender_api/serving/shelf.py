"""
Tenant → what is loaded of it. A tenant is loaded by the first request that asks for it; requests
that come meanwhile wait for the same load, for a moment, and are then answered by what is popular
and the catalog. A load that failed is tried by the next one.

Bounded in bytes: where it is full, who was asked for longest ago goes, and comes back when it is
asked for again. Nothing is lost with it; it was read from the store.
"""

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable

from recommender_api.history.protocol import History
from recommender_api.telemetry.metrics import Metrics
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.errors import StoreError
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.errors import TenantUnknown
from recommender_store.tenants.identity import TenantId

from .live_tenant import LiveTenant

PATIENCE_S = 1.0
"""How long the first requests wait for the whole tenant before what is popular has to do."""

_Work = tuple[TenantId, Callable[[LiveTenant], None]]
"""What is re-read of whom."""


class _Load:
    """A tenant on its way to the shelf; `standing_in` once somebody did not want to wait."""

    def __init__(self, tenant: LiveTenant) -> None:
        self.tenant = tenant
        self.begun_s = asyncio.get_running_loop().time()
        self.standing_in: asyncio.Task[None] | None = None

    @property
    def patience_s(self) -> float:
        return max(0.0, self.begun_s + PATIENCE_S - asyncio.get_running_loop().time())

    async def stand_in(self) -> LiveTenant:
        if self.standing_in is None:
            self.standing_in = asyncio.create_task(asyncio.to_thread(self.tenant.stand_in))
        await asyncio.shield(self.standing_in)
        return self.tenant


class Shelf:
    """The loaded tenants of one process."""

    def __init__(
        self,
        space_of: Callable[[TenantId], TenantSpace],
        cache: LocalCache,
        history_of: Callable[[TenantId], History],
        limit_bytes: int | None = None,
        metrics: Metrics | None = None,
        equip: Callable[[LiveTenant], None] = lambda _: None,
    ) -> None:
        self._space_of = space_of
        self._cache = cache
        self._history_of = history_of
        self._limit_bytes = limit_bytes
        self._meters = (metrics or Metrics()).shelf
        self._equip = equip
        """Gives a tenant what a server has beside it: hooks, a place for traces."""
        self.may_leave: Callable[[LiveTenant], bool] = lambda _: True
        """Asked before a tenant goes, and told by being asked; False keeps it for now."""
        self._loaded: OrderedDict[TenantId, LiveTenant] = OrderedDict()
        """Who was asked for last comes last."""
        self._loading: dict[TenantId, asyncio.Task[LiveTenant]] = {}
        self._begun: dict[TenantId, _Load] = {}
        self._next: dict[_Work, asyncio.Task[None]] = {}
        """Refreshes that have not begun: whoever asks meanwhile is served by them too."""
        self._locks: dict[_Work, asyncio.Lock] = {}

    @property
    def tenant_ids(self) -> list[TenantId]:
        """The tenants that are here, or are just coming."""
        return [*self._loaded, *self._loading]

    @property
    def behind(self) -> list[TenantId]:
        """The loaded tenants that a refresh would help though nobody told of a change."""
        return [tenant_id for tenant_id, tenant in self._loaded.items() if tenant.is_behind]

    @property
    def size_bytes(self) -> int:
        return sum(tenant.size_bytes for tenant in self._loaded.values())

    def sizes(self) -> list[tuple[TenantId, int]]:
        """What each loaded tenant weighs."""
        return [(tenant_id, tenant.size_bytes) for tenant_id, tenant in self._loaded.items()]

    @property
    def is_full(self) -> bool:
        return self._limit_bytes is not None and self.size_bytes > self._limit_bytes

    def loaded(self, tenant_id: TenantId) -> LiveTenant | None:
        """The tenant if it is here already, and whole."""
        known = self._loaded.get(tenant_id)
        if known is not None:
            self._loaded.move_to_end(tenant_id)
        return known

    def peek(self, tenant_id: TenantId) -> LiveTenant | None:
        """The same, and nobody is said to have asked for it."""
        return self._loaded.get(tenant_id)

    async def get(self, tenant_id: TenantId) -> LiveTenant:
        """
        The tenant; where loading takes its time, with what is popular, catalog and rules so far.

        Raises:
            TenantUnknown: where there is no such tenant.
            StoreError: where it cannot be loaded.
        """
        known = self.loaded(tenant_id)
        if known is not None:
            return known
        task = self._load_of(tenant_id)
        begun = self._begun.get(tenant_id)
        await asyncio.wait([task], timeout=PATIENCE_S if begun is None else begun.patience_s)
        begun = self._begun.get(tenant_id)
        if task.done() or begun is None:
            return await asyncio.shield(task)
        return await begun.stand_in()

    async def get_whole(self, tenant_id: TenantId) -> LiveTenant:
        """
        The tenant with its model and history, however long they take.

        Raises:
            TenantUnknown, StoreError: as `get`.
        """
        known = self.loaded(tenant_id)
        return known if known is not None else await asyncio.shield(self._load_of(tenant_id))

    def _load_of(self, tenant_id: TenantId) -> asyncio.Task[LiveTenant]:
        task = self._loading.get(tenant_id)
        if task is None:
            task = asyncio.create_task(self._load(tenant_id))
            self._loading[tenant_id] = task
        return task

    async def refresh(self, tenant_id: TenantId) -> None:
        """
        Re-read a tenant, so that it knows what was written before this call.

        One that is not loaded is left alone, one that is just loading is re-read afterwards.

        Raises:
            StoreError: where it cannot be read; what is loaded stays.
        """
        await self._share((tenant_id, LiveTenant.refresh))

    async def refresh_catalog(self, tenant_id: TenantId) -> None:
        """The same for its catalog alone: a model or a history that is being read holds up none."""
        await self._share((tenant_id, LiveTenant.refresh_catalog))

    async def refresh_forgotten(self, tenant_id: TenantId) -> None:
        """Who was erased, alone: nothing that is being read holds it up."""
        await self._share((tenant_id, LiveTenant.refresh_forgotten))

    async def _share(self, work: _Work) -> None:
        task = self._next.get(work)
        if task is None:
            task = asyncio.create_task(self._refresh(work))
            self._next[work] = task
        await asyncio.shield(task)

    async def _refresh(self, work: _Work) -> None:
        tenant_id, step = work
        async with self._locks.setdefault(work, asyncio.Lock()):
            del self._next[work]  # who asks from here on may have come too late for this one
            begun = self._begun.get(tenant_id)
            if begun is not None and begun.standing_in and step is LiveTenant.refresh_catalog:
                # It answers already: what is hidden now does not wait for a model to be loaded.
                await asyncio.to_thread(step, (await begun.stand_in()))
                return
            loading = self._loading.get(tenant_id)
            if loading is not None:
                with contextlib.suppress(StoreError):
                    await asyncio.shield(loading)
            tenant = self._loaded.get(tenant_id)
            if tenant is None:
                return
            if await asyncio.to_thread(tenant.space.exists):
                await asyncio.to_thread(step, tenant)
                tenant.wake_hooks()
                self._make_room(tenant_id)
            else:
                self._forget(tenant_id)

    async def _load(self, tenant_id: TenantId) -> LiveTenant:
        began_s = time.monotonic()
        is_loaded = False
        try:
            space = self._space_of(tenant_id)
            if not await asyncio.to_thread(space.exists):
                raise TenantUnknown(tenant=tenant_id)
            tenant = LiveTenant(space, self._cache, self._history_of(tenant_id))
            self._equip(tenant)
            self._begun[tenant_id] = _Load(tenant)
            await asyncio.to_thread(tenant.refresh)
            tenant.wake_hooks()
            self._loaded[tenant_id] = tenant
            is_loaded = True
            self._make_room(tenant_id)
            return tenant
        finally:
            self._meters.count_load(tenant_id, time.monotonic() - began_s, is_loaded=is_loaded)
            self._begun.pop(tenant_id, None)
            del self._loading[tenant_id]

    def _make_room(self, for_whom: TenantId) -> None:
        """Let those go who were asked for longest ago; for whom there is to be room stays."""
        size_bytes = self.size_bytes
        if self._limit_bytes is not None:
            for tenant_id in [one for one in self._loaded if one != for_whom]:
                if size_bytes <= self._limit_bytes:
                    break
                tenant = self._loaded[tenant_id]
                if self.may_leave(tenant):
                    size_bytes -= tenant.size_bytes
                    self._forget(tenant_id)
                    self._meters.count_eviction(tenant_id)
        self._meters.set(len(self._loaded), size_bytes, self._limit_bytes)

    def _forget(self, tenant_id: TenantId) -> None:
        tenant = self._loaded.pop(tenant_id, None)
        if tenant is not None:
            tenant.let_go()
