"""
Tenant → what is loaded of it. A tenant is loaded by the first request that asks for it; requests
that come meanwhile wait for the same load.
"""

import asyncio
from collections.abc import Callable

from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.errors import TenantUnknown
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import TenantId

from .live_tenant import LiveTenant


class Shelf:
    """The loaded tenants of one process."""

    def __init__(self, space_of: Callable[[TenantId], TenantSpace], cache: LocalCache) -> None:
        self._space_of = space_of
        self._cache = cache
        self._loaded: dict[TenantId, LiveTenant] = {}
        self._loading: dict[TenantId, asyncio.Task[LiveTenant]] = {}
        self._locks: dict[TenantId, asyncio.Lock] = {}

    @property
    def tenant_ids(self) -> list[TenantId]:
        return list(self._loaded)

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
        """Re-read a loaded tenant; one that is not loaded is left alone."""
        tenant = self._loaded.get(tenant_id)
        if tenant is None:
            return
        async with self._locks.setdefault(tenant_id, asyncio.Lock()):
            if not await asyncio.to_thread(tenant.space.exists):
                self._loaded.pop(tenant_id, None)
                return
            await asyncio.to_thread(tenant.refresh)

    async def _load(self, tenant_id: TenantId) -> LiveTenant:
        try:
            space = self._space_of(tenant_id)
            if not await asyncio.to_thread(space.exists):
                raise TenantUnknown(tenant=tenant_id)
            tenant = await asyncio.to_thread(LiveTenant, space, self._cache)
            await asyncio.to_thread(tenant.load)
            self._loaded[tenant_id] = tenant
            return tenant
        finally:
            del self._loading[tenant_id]
