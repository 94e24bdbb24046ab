"""
Writes down what was answered: from the tenants' queues into their logs, behind the answers.

What cannot be written is dropped and counted, never tried again: a trace may be lost, an answer
must not wait. What waits is taken together once a second, so that a bucket is not asked for each.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from weakref import WeakKeyDictionary, ref

import structlog

from recommender_api.serving.live_tenant import LiveTenant
from recommender_api.telemetry.metrics import Metrics
from recommender_api.tracing.traces import Room, Trace, Traces

from .arrival import Arrival
from .erased import still_allowed
from .intakes import Intakes

WRITE_EVERY_S = 1.0

_log = structlog.get_logger()


class Recorder:
    """The traces of one process."""

    def __init__(
        self, intakes: Intakes, metrics: Metrics, write_every_s: float = WRITE_EVERY_S
    ) -> None:
        self._intakes = intakes
        self._metrics = metrics
        self._write_every_s = write_every_s
        self._room = Room()
        self._waiting: set[LiveTenant] = set()
        """Those with traces, held for as long as they have any."""
        self._woken = asyncio.Event()
        self._writing: WeakKeyDictionary[LiveTenant, asyncio.Lock] = WeakKeyDictionary()
        self._running: set[asyncio.Task[None]] = set()

    def of(self, tenant: LiveTenant) -> Traces:
        """A queue that is written into this tenant's log."""
        return Traces(partial(self._wake, ref(tenant)), self._room)

    def is_done_with(self, tenant: LiveTenant) -> bool:
        """Whether nothing of the tenant's waits, or is just being written."""
        return tenant not in self._waiting and not self._lock(tenant).locked()

    async def run(self) -> None:
        """Until cancelled; a tenant whose store is slow holds up no other."""
        while True:
            await self._woken.wait()
            await asyncio.sleep(self._write_every_s)
            self._woken.clear()
            for tenant in list(self._waiting):
                if not self._lock(tenant).locked():
                    task = asyncio.create_task(self.write(tenant))
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)

    async def write(self, tenant: LiveTenant) -> None:
        """Return when everything that waited for this tenant's log is there, or is lost."""
        if tenant.traces is None:
            return
        async with self._lock(tenant):
            self._waiting.discard(tenant)
            traces, dropped = tenant.traces.take()
            events = still_allowed(tenant.forgotten, await _events_of(traces))
            written = len(events) if await self._is_written(tenant, events) else 0
            dropped += len(traces) - written
            if written or dropped:
                tenant_id = tenant.space.tenant_id
                self._metrics.answers.count_traces(tenant_id, written=written, dropped=dropped)
        if tenant in self._waiting:
            self._woken.set()

    async def drain(self) -> None:
        """Return when nothing waits any more; whatever goes wrong with one, all are tried."""
        await asyncio.gather(*self._running, return_exceptions=True)
        waiting = list(self._waiting)
        ends = await asyncio.gather(*map(self.write, waiting), return_exceptions=True)
        for error in ends:
            if isinstance(error, BaseException):
                _log.error("traces_unwritten", exc_info=error)

    async def _is_written(self, tenant: LiveTenant, events: Sequence[Arrival]) -> bool:
        try:
            if events:
                await self._intakes.of(tenant).record(events)
        except Exception as error:  # noqa: BLE001 - whatever the store does, only traces are lost
            _log.warning(
                "traces_lost",
                tenant_id=tenant.space.tenant_id,
                traces=len(events),
                detail=str(error),
            )
            return False
        return True

    def _lock(self, tenant: LiveTenant) -> asyncio.Lock:
        return self._writing.setdefault(tenant, asyncio.Lock())

    def _wake(self, owner: "ref[LiveTenant]") -> None:
        tenant = owner()
        if tenant is not None:
            self._waiting.add(tenant)
            self._woken.set()


async def _events_of(traces: Sequence[Trace]) -> list[Arrival]:
    """Those that can be written, made one by one, so that requests come in between."""
    events = []
    for trace in traces:
        try:
            events.append(Arrival(**trace.event()))
        except (ValueError, RecursionError) as error:
            _log.warning("trace_unwritable", detail=str(error))
        await asyncio.sleep(0)
    return events
