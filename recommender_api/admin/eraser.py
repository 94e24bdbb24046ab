"""
Follows orders to forget somebody, behind the answers: those that were given here, and at the start
those that another process left. What fails is tried again.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.care.forgetting import SETTLE_S, follow_orders
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import TenantId

RETRY_S = 30.0

_log = structlog.get_logger()


class Spaces(Protocol):
    """The store, as far as an eraser needs it."""

    @property
    def cache(self) -> LocalCache: ...

    def space(self, tenant_id: TenantId) -> TenantSpace: ...

    def tenant_ids(self) -> Sequence[TenantId]: ...


class Eraser:
    """The erasures of one process, one at a time."""

    def __init__(self, spaces: Spaces) -> None:
        self._spaces = spaces
        self._ordered: set[TenantId] = set()
        self._woken = asyncio.Event()

    def wake(self, tenant_id: TenantId) -> None:
        """The tenant has an order more."""
        self._ordered.add(tenant_id)
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled; what is under way then is gone on with by the next process."""
        try:
            for tenant_id in await asyncio.to_thread(self._left_behind):
                self.wake(tenant_id)
        except Exception as error:  # noqa: BLE001 - whatever the store does, new orders are followed
            _log.error("erasures_unread", exc_info=error)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(RETRY_S if self._ordered else None):
                    await self._woken.wait()
            self._woken.clear()
            await asyncio.sleep(SETTLE_S)
            for tenant_id in sorted(self._ordered):
                self._ordered.discard(tenant_id)
                if not await self._is_followed(tenant_id):
                    self._ordered.add(tenant_id)

    def _left_behind(self) -> list[TenantId]:
        spaces = map(self._spaces.space, self._spaces.tenant_ids())
        return [one.tenant_id for one in spaces if one.erasures.waiting() and one.exists()]

    async def _is_followed(self, tenant_id: TenantId) -> bool:
        space = self._spaces.space(tenant_id)
        try:
            if not await asyncio.to_thread(space.exists):
                return True  # all of it goes with the tenant
            followed = await asyncio.to_thread(follow_orders, space, self._spaces.cache)
        except Exception as error:  # noqa: BLE001 - an erasure that fails must not end the loop
            _log.error("erasure_failed", tenant_id=tenant_id, exc_info=error)
            return False
        return followed.is_complete
