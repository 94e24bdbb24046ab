"""
Keep what is loaded fresh: follow the change feed, and re-read every head once a minute.

A feed entry is only a hint; what was missed is found by the minute's round. Nothing that goes
wrong here ends the loop or touches a request: what is loaded goes on serving.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from recommender_store.errors import StoreError
from recommender_store.tenants.identity import TenantId, parse_tenant_id

from .shelf import Shelf

_log = structlog.get_logger()

POLL_S = 0.5
"""On a folder a poll is one failing open; a change is seen within a second."""
ROUND_S = 60.0


class Entry(Protocol):
    """What the change feed tells."""

    @property
    def number(self) -> int: ...

    @property
    def topic(self) -> str: ...

    @property
    def tenant_id(self) -> str: ...


class Feed(Protocol):
    """The platform's change feed, as this loop reads it."""

    def head(self) -> int: ...

    def poll(self, after: int) -> Sequence[Entry]: ...


class Refresh:
    """The loop of one process."""

    def __init__(self, shelf: Shelf, feed: Feed, on_keys: Callable[[TenantId], None]) -> None:
        self._shelf = shelf
        self._feed = feed
        self._on_keys = on_keys
        self._seen = feed.head()

    async def run(self) -> None:
        """Until cancelled."""
        next_round = time.monotonic() + ROUND_S
        while True:
            await asyncio.sleep(POLL_S)
            try:
                moved = await self._poll()
                if time.monotonic() >= next_round:
                    moved |= set(self._shelf.tenant_ids)
                    next_round = time.monotonic() + ROUND_S
            except StoreError as error:
                _log.warning("change_feed_unreadable", code=error.code, detail=str(error))
                continue
            for tenant_id in moved:
                await self._refresh(tenant_id)

    async def _poll(self) -> set[TenantId]:
        """The loaded tenants of which something is new."""
        entries = await asyncio.to_thread(self._feed.poll, self._seen)
        loaded = {str(tenant_id): tenant_id for tenant_id in self._shelf.tenant_ids}
        moved = set()
        for entry in entries:
            self._seen = max(self._seen, entry.number)
            tenant_id = loaded.get(entry.tenant_id)
            if entry.topic in ("keys", "tenant"):
                self._on_keys(parse_tenant_id(entry.tenant_id))
            if tenant_id is not None:
                moved.add(tenant_id)
        return moved

    async def _refresh(self, tenant_id: TenantId) -> None:
        try:
            await self._shelf.refresh(tenant_id)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the new, the old serves on
            _log.error("refresh_failed", tenant_id=tenant_id, exc_info=error)
