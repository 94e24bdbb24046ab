"""
The hooks of all tenants in one worker: each tenant's apart, and so many processes at most.
"""

import asyncio
from typing import Final

from recommender_api.telemetry.metrics import Metrics
from recommender_store.tenants.identity import TenantId

from .tenant_hooks import TenantHooks

CHILDREN_MOST: Final = 64
"""Of one worker: some 15 MB each, and what the hooks import."""


class Hooks:
    """Made with the process, closed with it."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._of: dict[TenantId, TenantHooks] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def of(self, tenant_id: TenantId) -> TenantHooks:
        known = self._of.get(tenant_id)
        if known is None:
            known = self._of[tenant_id] = TenantHooks(tenant_id, self._metrics, self._has_room_for)
        return known

    async def close(self) -> None:
        await asyncio.gather(*(one.close() for one in self._of.values()), *self._ending)

    def _has_room_for(self, asking: TenantHooks) -> bool:
        """Where there is none, the one that was asked longest ago makes room for the next try."""
        alive = [one for one in self._of.values() if one.is_alive]
        if len(alive) < CHILDREN_MOST:
            return True
        longest = min(alive, key=lambda one: one.asked_at)
        if longest.asked_at < asking.asked_at:
            task = asyncio.create_task(longest.close())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        return False
