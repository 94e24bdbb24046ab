"""
Tenant → what it may ask of this worker, and the loop that shares quotas with the other workers.

Once a second each worker tells on a board what its tenants ask of it, reads what the others tell,
and takes its part. Without a board, or while it is out of reach, each takes an even part among as
many as it knows of. No request ever waits for any of it, but the first of a tenant, for its quotas.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol

import structlog

from recommender_store.errors import StoreError
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.errors import TenantUnknown
from recommender_store.tenants.identity import TenantId

from .allowance import Allowance
from .peers import SLIGHT, Demand, Note, Peers, encode_note

SHARE_EVERY_S = 1.0
COUNT_EVERY_S = 60.0
"""How often what others took of a day's bytes is read from the store where there is no board."""

_log = structlog.get_logger()


class Board(Protocol):
    """Where workers leave a note each, for all to read."""

    async def exchange(self, worker: str, note: bytes) -> Mapping[str, bytes] | None:
        """Put up a note, and read all; None: out of reach."""
        ...

    async def take_down(self, worker: str) -> None: ...


class Counted(Protocol):
    """What is counted of tenants' use, as far as quotas ask for it."""

    def bytes_today(self, tenant_id: TenantId) -> Callable[[], int]:
        """Tells the event bytes that this worker took on this UTC day."""
        ...

    def bytes_of_others(self, space: TenantSpace, day: str) -> Mapping[str, int]:
        """Worker → the same of every other, as it lies in the store; may block."""
        ...


class Allowances:
    """Those of one worker, under the name that its usage is counted by too."""

    def __init__(
        self,
        worker: str,
        space_of: Callable[[TenantId], TenantSpace],
        counted: Counted,
        board: Board | None,
        workers: int = 1,
    ) -> None:
        self._worker = worker
        self._space_of = space_of
        self._counted = counted
        self._board = board
        self._workers = self._least_workers = workers
        self._known: dict[TenantId, Allowance] = {}
        self._peers = Peers(worker)
        self._written: dict[TenantId, Mapping[str, int]] = {}
        """Worker → bytes of today, as they were read from the store."""
        self._busy: set[TenantId] = set()
        """Those of whom anybody was asked anything when quotas were shared last."""
        self._count = 0
        self._counted_at_s = 0.0
        self._is_shared = False
        self._day = _today()

    def known(self, tenant_id: TenantId) -> Allowance | None:
        """The tenant's, once it was learned."""
        return self._known.get(tenant_id) if tenant_id in self._written else None

    def of(self, tenant_id: TenantId) -> Allowance:
        """The tenant's, always the same one; unlimited until its quotas are known."""
        allowance = self._known.get(tenant_id)
        if allowance is None:
            allowance = Allowance(self._workers)
            allowance.bytes_today = self._counted.bytes_today(tenant_id)
            self._known[tenant_id] = allowance
        return allowance

    async def learned(self, tenant_id: TenantId) -> Allowance:
        """
        The tenant's, its quotas and what others took today read. Unlimited where there is no such
        tenant, of whom nothing is remembered, and where they cannot be read: that is tried again
        when the tenant is loaded, and nobody is refused for what we do not know.
        """
        space = self._space_of(tenant_id)
        try:
            settings = await asyncio.to_thread(space.settings)
            self.of(tenant_id).change(settings.quotas)
            await asyncio.to_thread(self._count_others, tenant_id)
        except TenantUnknown:
            return Allowance()
        except StoreError as error:
            _log.warning("quotas_unread", tenant_id=tenant_id, code=error.code, detail=str(error))
            self._written.setdefault(tenant_id, {})
        allowance = self.of(tenant_id)
        self._tell_bytes(tenant_id, allowance)
        return allowance

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.share(time.monotonic())
            except StoreError as error:
                _log.warning("quota_usage_unread", code=error.code, detail=str(error))
            except Exception as error:  # noqa: BLE001 - what each had last goes on, and is tried anew
                _log.error("quotas_unshared", exc_info=error)
            await asyncio.sleep(SHARE_EVERY_S)

    async def say_goodbye(self) -> None:
        """What this worker had is the others' at once."""
        if self._board is not None:
            await self._board.take_down(self._worker)

    async def share(self, now_s: float) -> None:
        """Tell what is asked for here, hear of the others, and take this worker's parts."""
        self._begin_day()
        demands = {tenant: one.look(now_s) for tenant, one in self._known.items()}
        told = None
        if self._board is not None:
            told = await self._board.exchange(self._worker, self._note(demands))
        if told is None:
            await self._share_evenly(now_s)
            return
        for gone in self._peers.hear(told, now_s, self._day):
            await self._board.take_down(gone) if self._board else None
        notes = self._peers.notes
        busy_before, self._busy = self._busy, self._busy_with(demands)
        is_all = self._workers != len(notes) + 1 or not self._is_shared
        self._workers, self._is_shared = len(notes) + 1, True
        for tenant_id in self._known if is_all else busy_before | self._busy:
            allowance = self._known[tenant_id]
            others = {name: note.demands.get(tenant_id, _NOTHING) for name, note in notes.items()}
            allowance.deal(others, now_s)
            self._tell_bytes(tenant_id, allowance)

    def _busy_with(self, demands: Mapping[TenantId, Demand]) -> set[TenantId]:
        """Whose parts may change: a tenant of whom nobody is asked anything has even ones."""
        here = {tenant for tenant, one in demands.items() if not one.is_slight}
        told = (tenant for note in self._peers.notes.values() for tenant in note.demands)
        return here | self._known.keys() & told

    async def _share_evenly(self, now_s: float) -> None:
        self._workers, self._is_shared = max(self._workers, self._least_workers), False
        is_time = now_s - self._counted_at_s >= COUNT_EVERY_S
        if is_time:
            self._counted_at_s = now_s
        for tenant_id, allowance in list(self._known.items()):
            allowance.deal_evenly(self._workers, now_s)
            if is_time and not allowance.demand.is_slight:
                await asyncio.to_thread(self._count_others, tenant_id)
                self._tell_bytes(tenant_id, allowance)

    def _note(self, demands: Mapping[TenantId, Demand]) -> bytes:
        self._count += 1
        active: dict[str, Demand] = {
            tenant: one for tenant, one in demands.items() if not one.is_slight
        }
        taken: dict[str, int] = {
            tenant: self._known[tenant].bytes_today()
            for tenant, one in demands.items()
            if one.events > SLIGHT
        }
        return encode_note(Note(self._count, self._day, active, taken))

    def _count_others(self, tenant_id: TenantId) -> None:
        space = self._space_of(tenant_id)
        self._written[tenant_id] = self._counted.bytes_of_others(space, self._day)

    def _tell_bytes(self, tenant_id: TenantId, allowance: Allowance) -> None:
        """What each other said last, on the board or in the store, whichever is more."""
        most = dict(self._written.get(tenant_id, {}))
        for worker, told in self._peers.event_bytes.items():
            most[worker] = max(most.get(worker, 0), told.get(tenant_id, 0))
        allowance.bytes_elsewhere = sum(most.values())

    def _begin_day(self) -> None:
        if (today := _today()) != self._day:
            self._day = today
            self._written = {tenant_id: {} for tenant_id in self._written}
            for allowance in self._known.values():
                allowance.bytes_elsewhere = 0


_NOTHING = Demand()


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
