"""
Tenant → what is loaded of it. A tenant is loaded by the first request that asks for it; requests
that come meanwhile wait for the same load, and a load that failed is tried by the next one.
"""

import asyncio
import contextlib
from collections.abc import Callable

from recommender_api.history.protocol import History
from recommender_api.rules.hooks.tenant_hooks import TenantHooks
from recommender_api.tracing.traces import Traces
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.errors import StoreError, TenantUnknown
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import TenantId

from .live_tenant import LiveTenant

_Work = tuple[TenantId, Callable[[LiveTenant], None]]
"""What is re-read of whom."""


class Shelf:
    """The loaded tenants of one process."""

    def __init__(
        self,
        space_of: Callable[[TenantId], TenantSpace],
        cache: LocalCache,
        history_of: Callable[[TenantId], History],
        hooks_of: Callable[[TenantId], TenantHooks | None] = lambda _: None,
        traces_of: Callable[[LiveTenant], Traces] | None = None,
    ) -> None:
        self._space_of = space_of
        self._cache = cache
        self._history_of = history_of
        self._hooks_of = hooks_of
        self._traces_of = traces_of
        self._loaded: dict[TenantId, LiveTenant] = {}
        self._loading: dict[TenantId, asyncio.Task[LiveTenant]] = {}
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

    async def get(self, tenant_id: TenantId) -> LiveTenant:
        """
        Raises:
            TenantUnknown: where there is no such tenant.
            StoreError: where it cannot be loaded.
        """
        known = self._loaded.get(tenant_id)
        if known is not None:
            return known
        task = self._loading.get(tenant_id)
        if task is None:
            task = asyncio.create_task(self._load(tenant_id))
            self._loading[tenant_id] = task
        return await asyncio.shield(task)

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
            else:
                self._loaded.pop(tenant_id, None)

    async def _load(self, tenant_id: TenantId) -> LiveTenant:
        try:
            space = self._space_of(tenant_id)
            if not await asyncio.to_thread(space.exists):
                raise TenantUnknown(tenant=tenant_id)
            history, hooks = self._history_of(tenant_id), self._hooks_of(tenant_id)
            tenant = LiveTenant(space, self._cache, history, hooks=hooks)
            if self._traces_of is not None:
                tenant.traces = self._traces_of(tenant)
            await asyncio.to_thread(tenant.refresh)
            tenant.wake_hooks()
            self._loaded[tenant_id] = tenant
            return tenant
        finally:
            del self._loading[tenant_id]
