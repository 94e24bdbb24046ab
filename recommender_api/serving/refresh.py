"""
Keep what is loaded fresh: follow the change feed, and re-read every head once a minute.

A feed entry is only a hint; what was missed is found by the minute's round. Nothing that goes
wrong here ends the loop or touches a request: what is loaded goes on serving. Tenants are
refreshed beside each other, so that one that loads a large model holds up no other.
"""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from typing import Protocol

import structlog

from recommender_store.errors import RecordUnreadable
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


class Keys(Protocol):
    """What is known of tenants' keys."""

    def forget(self, tenant_id: TenantId) -> None: ...

    async def renew(self) -> None: ...


class Refresh:
    """The loop of one process."""

    def __init__(
        self,
        shelf: Shelf,
        feed: Feed,
        keys: Keys,
        *,
        poll_s: float = POLL_S,
        round_s: float = ROUND_S,
    ) -> None:
        self._shelf = shelf
        self._feed = feed
        self._keys = keys
        self._poll_s = poll_s
        self._round_s = round_s
        self._seen = feed.head()
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled."""
        next_round = time.monotonic() + self._round_s
        while True:
            await asyncio.sleep(self._poll_s)
            moved = set(self._shelf.behind) | await self._told()
            if time.monotonic() >= next_round:
                next_round = time.monotonic() + self._round_s
                self._begin(self._keys.renew())
                moved |= set(self._shelf.tenant_ids)
            for tenant_id in moved:
                self._begin(self._refresh(tenant_id))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _told(self) -> set[TenantId]:
        """The tenants of which the feed tells something new."""
        moved = set()
        try:
            for entry in await asyncio.to_thread(self._feed.poll, self._seen):
                self._seen = max(self._seen, entry.number)
                tenant_id = parse_tenant_id(entry.tenant_id)
                if entry.topic in ("keys", "tenant"):
                    self._keys.forget(tenant_id)
                moved.add(tenant_id)
        except RecordUnreadable as error:
            # A hint that nobody can read is passed over: the minute's round finds what it meant.
            self._seen += 1
            _log.error("change_feed_entry_skipped", number=self._seen, detail=str(error))
        except Exception as error:  # noqa: BLE001 - a feed that fails must not end the loop
            _log.warning("change_feed_unreadable", detail=str(error))
        return moved

    async def _refresh(self, tenant_id: TenantId) -> None:
        try:
            await asyncio.gather(
                self._shelf.refresh_forgotten(tenant_id),
                self._shelf.refresh_catalog(tenant_id),
                self._shelf.refresh(tenant_id),
            )
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the new, the old serves on
            _log.error("refresh_failed", tenant_id=tenant_id, exc_info=error)
