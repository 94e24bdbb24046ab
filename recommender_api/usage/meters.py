"""
Tenant → its meter, and the loop that writes down what they counted.

A worker that is killed loses what it counted since it wrote last: half a minute of usage, never an
event. Nothing of the day is written where nothing was counted.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

import structlog

from recommender_store.errors import StoreError
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import TenantId

from .meter import Meter

WRITE_EVERY_S = 30.0
KEPT_DAYS = 400
"""A year of bills, and time to look at the last."""

_log = structlog.get_logger()

Sizes = Callable[[], Iterable[tuple[TenantId, int]]]


class Meters:
    """Those of one worker, under a name that no other has."""

    def __init__(
        self,
        worker: str,
        space_of: Callable[[TenantId], TenantSpace],
        write_every_s: float = WRITE_EVERY_S,
    ) -> None:
        self.worker = worker
        self._space_of = space_of
        self._write_every_s = write_every_s
        self._meters: dict[TenantId, Meter] = {}
        self._writing: dict[TenantId, asyncio.Lock] = {}
        """A page that was overtaken by a newer one must not replace it."""
        self._looked_on: dict[TenantId, str] = {}
        self._weighed_at_s = time.monotonic()
        self.sizes: Sizes = tuple
        """What each loaded tenant weighs."""

    def of(self, tenant_id: TenantId) -> Meter:
        """The tenant's meter, always the same one."""
        meter = self._meters.get(tenant_id)
        if meter is None:
            meter = self._meters[tenant_id] = Meter(self.worker)
        return meter

    def bytes_today(self, tenant_id: TenantId) -> Callable[[], int]:
        return self.of(tenant_id).bytes_today

    def bytes_of_others(self, space: TenantSpace, day: str) -> Mapping[str, int]:
        """Worker → event bytes of the day that every other took, as they wrote it down."""
        pages, _ = space.usage.pages([day])
        return {page.worker: page.event_bytes for page in pages if page.worker != self.worker}

    async def run(self) -> None:
        """Write what changed, for ever; what could not be written is tried again."""
        while True:
            await asyncio.sleep(self._write_every_s)
            self._weigh()
            for tenant_id in list(self._meters):
                await self._try(tenant_id)

    async def write(self, tenant_id: TenantId) -> None:
        """
        Write what was counted of one tenant, now.

        Raises:
            StoreError: where it could not be; it is tried again later.
        """
        meter = self.of(tenant_id)
        async with self._writing.setdefault(tenant_id, asyncio.Lock()):
            if not meter.is_due:
                return
            space, pages = self._space_of(tenant_id), meter.take()
            try:
                while pages:
                    await asyncio.to_thread(space.usage.put, pages[0])
                    del pages[0]
            finally:
                for page in pages:
                    meter.note(page)
            await asyncio.to_thread(self._tend, space)

    async def say_goodbye(self) -> None:
        """Write everything: from here on nothing is counted by this worker."""
        self._weigh()
        for tenant_id in list(self._meters):
            await self._try(tenant_id)

    async def _try(self, tenant_id: TenantId) -> None:
        try:
            await self.write(tenant_id)
        except StoreError as error:
            _log.warning("usage_unwritten", tenant_id=tenant_id, code=error.code, detail=str(error))

    def _weigh(self) -> None:
        now_s = time.monotonic()
        for_s, self._weighed_at_s = now_s - self._weighed_at_s, now_s
        for tenant_id, size_bytes in self.sizes():
            self.of(tenant_id).count_shelf(size_bytes, for_s)

    def _tend(self, space: TenantSpace) -> None:
        """Once a day: look at what lies in the store, and let go what is too old."""
        now = datetime.now(UTC)
        today = now.date().isoformat()
        if self._looked_on.get(space.tenant_id) == today:
            return
        self._looked_on[space.tenant_id] = today
        space.usage.note_stored(today, now.timestamp())
        space.usage.forget(before=now.date() - timedelta(days=KEPT_DAYS))
