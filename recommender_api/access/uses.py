"""
When each key was last used: kept in memory, written down once a minute, never by a request.

Who is killed loses a minute of it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from recommender_store.errors import StoreError
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import TenantId

WRITE_EVERY_S = 60.0

_log = structlog.get_logger()


class Uses:
    """The keys that were used in one process since it wrote last."""

    def __init__(
        self, space_of: Callable[[TenantId], TenantSpace], write_every_s: float = WRITE_EVERY_S
    ) -> None:
        self._space_of = space_of
        self._write_every_s = write_every_s
        self._last: dict[tuple[TenantId, str], datetime] = {}

    def note(self, tenant_id: TenantId, key_id: str, at: datetime) -> None:
        self._last[tenant_id, key_id] = at

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._write_every_s)
            await self.write()

    async def write(self) -> None:
        """What cannot be written is left out; the key's next use is written again."""
        last, self._last = self._last, {}
        by_tenant: dict[TenantId, dict[str, datetime]] = {}
        for (tenant_id, key_id), at in last.items():
            by_tenant.setdefault(tenant_id, {})[key_id] = at
        for tenant_id, used in by_tenant.items():
            try:
                await asyncio.to_thread(self._space_of(tenant_id).key_uses.note, used)
            except StoreError as error:
                _log.warning("key_uses_unwritten", tenant_id=tenant_id, detail=str(error))
