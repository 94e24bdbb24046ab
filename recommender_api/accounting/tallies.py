"""
Tenant → its tally, and the loop that writes down what they counted.

A replica that is killed loses what it counted since it wrote last: some seconds of duplicates,
rejections and reports, never an event. Whoever ends well says goodbye.
"""

import asyncio
import secrets
from datetime import UTC, date, datetime, timedelta

import structlog

from recommender_store.errors import StoreError
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import TenantId

from .tally import Tally

WRITE_EVERY_S = 5.0
LOOK_EVERY_S = 0.25
"""A day's first page is written this soon, so that a replica that is killed is known at least."""
KEPT_DAYS = 90
"""Pages of days longer ago are deleted."""

_log = structlog.get_logger()


class Tallies:
    """The tallies of one process, under an id that no other process has."""

    def __init__(self, replica: str | None = None, write_every_s: float = WRITE_EVERY_S) -> None:
        self.replica = replica or secrets.token_hex(6)
        self._write_every_s = write_every_s
        self._tallies: dict[TenantId, tuple[Tally, TenantSpace]] = {}
        self._writing: dict[TenantId, asyncio.Lock] = {}
        self._swept: dict[TenantId, date] = {}

    def of(self, space: TenantSpace) -> Tally:
        """The tenant's tally, the same one however often the tenant is loaded."""
        known = self._tallies.get(space.tenant_id)
        tally = known[0] if known else Tally(self.replica)
        self._tallies[space.tenant_id] = (tally, space)
        return tally

    async def run(self) -> None:
        """Write what changed, for ever; what could not be written is tried again."""
        waited_s = 0.0
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            waited_s += LOOK_EVERY_S
            is_time = waited_s >= self._write_every_s
            for tenant_id, (tally, _) in list(self._tallies.items()):
                if is_time or tally.has_new_page:
                    await self._try(tenant_id)
            waited_s = 0.0 if is_time else waited_s

    async def write(self, tenant_id: TenantId, *, goodbye: bool = False) -> None:
        """
        Write what was counted of one tenant, now.

        Raises:
            StoreError: where it could not be; it is tried again later.
        """
        if tenant_id not in self._tallies:
            return
        tally, space = self._tallies[tenant_id]
        async with self._writing.setdefault(tenant_id, asyncio.Lock()):
            unwritten = tally.take(goodbye=goodbye) if goodbye or tally.is_due else {}
            try:
                for day in list(unwritten):
                    page = unwritten[day]
                    await asyncio.to_thread(space.ledger.put, day, self.replica, page)
                    del unwritten[day]
                    tally.let_go(day)
            finally:
                for day in unwritten:
                    tally.note(day)
            await asyncio.to_thread(self._sweep, space)

    async def say_goodbye(self) -> None:
        """Close every page: from here on nothing is counted by this replica."""
        for tenant_id in list(self._tallies):
            await self._try(tenant_id, goodbye=True)

    async def _try(self, tenant_id: TenantId, *, goodbye: bool = False) -> None:
        try:
            await self.write(tenant_id, goodbye=goodbye)
        except StoreError as error:
            _log.warning(
                "ledger_unwritten", tenant_id=tenant_id, code=error.code, detail=str(error)
            )

    def _sweep(self, space: TenantSpace) -> None:
        """Once a day, what is too old."""
        today = datetime.now(UTC).date()
        if self._swept.get(space.tenant_id) == today:
            return
        self._swept[space.tenant_id] = today
        space.ledger.forget(before=today - timedelta(days=KEPT_DAYS))
