"""
Look at every tenant now and then, as nobody asks for what goes wrong at night.

One process of a replica does so, in a thread, tenant by tenant; what cannot be read of one is
logged and keeps no other from being looked at.
"""

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from prometheus_client import Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from recommender_api.accounting.statement import draw_up
from recommender_store.errors import StoreError
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import TenantId

from .series import Sight, series_of
from .tenant import Unaccounted, WatchedTenant

LOOK_EVERY_S = 300.0
FIRST_AFTER_S = 5.0
"""Tenants that are asked for at the start are loaded first."""

_log = structlog.get_logger()


def unaccounted_yesterday(space: TenantSpace, now: datetime) -> int:
    """By the ledger of the last whole day."""
    return draw_up(space, [now.date() - timedelta(days=1)], now_s=now.timestamp()).unaccounted


def watch_over(
    tenant_ids: Callable[[], Sequence[TenantId]],
    space_of: Callable[[TenantId], TenantSpace],
    settings: StoreSettings,
) -> "Watch":
    """Over the tenants of a store, and the disks of its settings."""
    disks = {"cache": settings.cache_folder()}
    if settings.folder is not None:
        disks["store"] = settings.folder
    return Watch(tenant_ids, space_of, disks)


class Watch(Collector):
    """`disks` are the folders whose room counts, by what lies there."""

    def __init__(
        self,
        tenant_ids: Callable[[], Sequence[TenantId]],
        space_of: Callable[[TenantId], TenantSpace],
        disks: Mapping[str, Path],
        unaccounted_of: Unaccounted = unaccounted_yesterday,
    ) -> None:
        self._tenant_ids = tenant_ids
        self._space_of = space_of
        self._disks = disks
        self._unaccounted_of = unaccounted_of
        self._watched: dict[TenantId, WatchedTenant] = {}
        self._looked_at_s: float | None = None
        self._packings: Counter[str] = Counter()

    async def run(self, look_every_s: float = LOOK_EVERY_S) -> None:
        """For ever."""
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            try:
                await asyncio.to_thread(self.look)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look may do
                _log.warning("watch_failed", detail=str(error))
            await asyncio.sleep(look_every_s)

    def look(self, now: datetime | None = None) -> None:
        """
        All tenants, once.

        Raises:
            StoreError: where nobody knows which tenants there are.
        """
        now = datetime.now(UTC) if now is None else now
        seen: dict[TenantId, WatchedTenant] = {}
        for tenant_id in self._tenant_ids():
            watched = self._watched.get(tenant_id)
            try:
                space = self._space_of(tenant_id)
                if not space.exists():
                    continue
                watched = watched or WatchedTenant(space, self._unaccounted_of)
                watched.look(now)
            except StoreError as error:
                _log.warning(
                    "tenant_unwatched", tenant_id=tenant_id, code=error.code, detail=str(error)
                )
            if watched is not None:
                seen[tenant_id] = watched
        self._watched, self._looked_at_s = seen, time.time()

    def count_packing(self, *, is_done: bool) -> None:
        """A child packed segments, or could not."""
        self._packings["done" if is_done else "failed"] += 1

    @override
    def collect(self) -> Iterator[Metric]:
        disks = {place: shutil.disk_usage(folder) for place, folder in self._existing()}
        watched = list(self._watched.values())
        yield from series_of(
            Sight(watched, self._packings, disks, self._looked_at_s, datetime.now(UTC))
        )

    def _existing(self) -> Iterator[tuple[str, Path]]:
        return ((place, folder) for place, folder in self._disks.items() if folder.exists())
