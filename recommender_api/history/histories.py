"""
Where live history is kept: in this process, or in a Redis that all processes share.

Redis's client is imported where there is a Redis: a server without one starts without it.
"""

from typing import TYPE_CHECKING

from recommender_api.settings import ApiSettings
from recommender_api.telemetry.metrics import Metrics
from recommender_store.tenants.identity import TenantId

from .in_memory import InMemoryHistory
from .protocol import History

if TYPE_CHECKING:
    from .on_redis.board import RedisBoard
    from .on_redis.link import Link

DAY_S = 24 * 3600


class Histories:
    """Makes a history for each tenant; opened and closed with the process."""

    def __init__(self, settings: ApiSettings, metrics: Metrics) -> None:
        self._metrics = metrics
        self._link = _link(settings, metrics) if settings.redis_url else None

    def of(self, tenant_id: TenantId) -> History:
        if self._link is None:
            return InMemoryHistory()
        from .on_redis.history import RedisHistory

        return RedisHistory(tenant_id, self._link, self._metrics)

    def board(self, name: str) -> "RedisBoard | None":
        """Where this process and its likes leave notes for each other; None without a Redis."""
        if self._link is None:
            return None
        from .on_redis.board import RedisBoard

        return RedisBoard(self._link, name)

    async def open(self) -> None:
        """Return when Redis is connected, or found missing; the process serves either way."""
        if self._link is not None:
            await self._link.open()

    async def close(self) -> None:
        if self._link is not None:
            await self._link.close()


def _link(settings: ApiSettings, metrics: Metrics) -> "Link":
    from .on_redis.link import Link
    from .on_redis.server import server_at

    return Link(
        server_at(settings.redis_url),
        metrics,
        read_budget_s=settings.history_budget_ms / 1000,
        ttl_s=settings.history_days * DAY_S,
    )
