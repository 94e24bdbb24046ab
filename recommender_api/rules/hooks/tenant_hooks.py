"""
One tenant's hooks in this worker: a child that is started, minded and asked.

The child is started anew when it was lost, and when the hooks that are allowed change; it ends when
nobody has wanted it for a while. Asking never waits for a start.
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from recommender_api.telemetry.metrics import Metrics
from recommender_store.tenants.identity import TenantId
from recommender_store.tenants.settings import HookSettings

from .columns import Candidates, Request
from .line import Line
from .own_time import own_time_of
from .process import end, spawn
from .strikes import Strikes
from .wire import Call, How, Reply, framed

START_LIMIT_S: Final = 30.0
"""To load all hooks, with whatever they import."""
PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
"""Before a child that ended by itself is started anew; doubled while it does not last."""
LASTING_S: Final = 10.0
UNWANTED_S: Final = 600.0
"""A child ends when for so long no rule called for it; a refresh each minute says that one does."""

_log = structlog.get_logger()


class TenantHooks:
    """To be used on the event loop."""

    def __init__(
        self,
        tenant_id: TenantId,
        metrics: Metrics,
        may_start: Callable[["TenantHooks"], bool] = lambda _: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tenant_id = tenant_id
        self._metrics = metrics
        self._may_start = may_start
        self._clock = clock
        self._allowed: tuple[str, ...] = ()
        self._line: Line | None = None
        """To the child that runs, ready or not."""
        self._faults: dict[str, str] = {}
        """Of the hooks that could not be loaded, once the child is ready."""
        self._is_ready = asyncio.Event()
        self._is_renewed = False
        """Whether the child ended for a reason that the next one does not share."""
        self._minding: asyncio.Task[None] | None = None
        self._strikes: defaultdict[str, Strikes] = defaultdict(Strikes)
        self._wanted_at = 0.0
        self.asked_at = 0.0

    @property
    def is_alive(self) -> bool:
        return self._minding is not None

    def wake(self, allowed: Sequence[str]) -> None:
        """Have a child with these hooks, if not at once, then soon."""
        self._wanted_at = self._clock()
        if tuple(allowed) != self._allowed:
            self._allowed = tuple(allowed)
            self._is_ready.clear()
            self._is_renewed = True
            if self._line is not None:
                self._line.end()
        if self._minding is None and self._allowed and self._may_start(self):
            self._minding = asyncio.create_task(self._mind())

    async def ask(
        self,
        hook: str,
        request: Request,
        candidates: Candidates,
        settings: HookSettings,
        within_s: float,
    ) -> Reply:
        """
        What a hook makes of candidates.

        Args:
            hook: its name, one of those allowed.
            request: what was asked.
            candidates: what may be shown.
            settings: the tenant's.
            within_s: how long the caller waits; the hook has the whole budget of its own time.
        """
        began = self.asked_at = self._clock()
        reply = await self._asked(hook, request, candidates, settings, within_s)
        if reply.how == "applied" and not reply.fits(len(candidates)):
            reply = Reply(
                reply.number, "invalid", "its process named candidates that there are not"
            )
        elapsed_s = self._clock() - began
        self._metrics.answers.count_hook_call(str(self._tenant_id), hook, reply.how, elapsed_s)
        return reply

    async def started(self, allowed: Sequence[str], within_s: float) -> None:
        """Wait until the child is ready, or the time is over."""
        self.wake(allowed)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._is_ready.wait()

    async def close(self) -> None:
        """End the child; the next who asks has another one started."""
        if self._minding is not None:
            self._minding.cancel()
            await asyncio.gather(self._minding, return_exceptions=True)
            self._minding = None

    async def _asked(
        self,
        hook: str,
        request: Request,
        candidates: Candidates,
        settings: HookSettings,
        within_s: float,
    ) -> Reply:
        if self._strikes[hook].is_off(self._clock()):
            return Reply(0, "off", "it is switched off for a minute")
        self.wake(settings.allowed)
        if self._line is None or not self._is_ready.is_set():
            return Reply(0, "starting", "its process is being started")
        if hook in self._faults:
            return Reply(0, "missing", self._faults[hook])
        number = self._line.next_number
        try:
            frame = framed(Call(number, hook, request, candidates))
        except (OverflowError, RecursionError, UnicodeEncodeError) as error:
            return Reply(0, "failed", f"the request's context cannot be handed on: {error}")
        return await self._line.ask(hook, number, frame, settings.budget_ms / 1000, within_s)

    async def _mind(self) -> None:
        """Keep a child as long as it is wanted."""
        pause_s = PAUSE_S
        try:
            while self._allowed and self._clock() - self._wanted_at < UNWANTED_S:
                if await self._live():
                    pause_s = PAUSE_S
                else:
                    await asyncio.sleep(pause_s)
                    pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        finally:
            self._minding = None

    async def _live(self) -> bool:
        """One child, from its start to its end; whether the next may come at once."""
        began, self._is_renewed = self._clock(), False
        try:
            child = spawn(self._allowed)
        except OSError as error:
            _log.error("hooks_not_started", tenant_id=self._tenant_id, detail=str(error))
            return False
        own_time = own_time_of(child.process.pid)
        line = self._line = Line(self._strike, own_time)
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: line, sock=child.line)
            await self._serve(line)
            return self._is_renewed or self._clock() - began > LASTING_S
        finally:
            self._line = None
            self._is_ready.clear()
            line.end()
            own_time.close()
            await asyncio.to_thread(end, child.process)

    async def _serve(self, line: Line) -> None:
        """Until it ends, or is not wanted any more."""
        done, _ = await asyncio.wait([line.ready], timeout=START_LIMIT_S)
        if not done or line.ready.cancelled():
            detail = "it did not load in time" if not done else "it ended while it was loading"
            _log.error("hooks_not_started", tenant_id=self._tenant_id, detail=detail)
            return
        self._faults = line.ready.result().faults
        self._is_ready.set()
        for hook, fault in self._faults.items():
            _log.warning("hook_missing", tenant_id=self._tenant_id, hook=hook, detail=fault)
        while not line.ended.done() and self._clock() - self._wanted_at < UNWANTED_S:
            await asyncio.wait([line.ended], timeout=UNWANTED_S)

    def _strike(self, hook: str, how: How) -> None:
        """A hook cost the child its life."""
        self._is_ready.clear()
        self._is_renewed = True
        is_last = self._strikes[hook].add(self._clock())
        _log.warning("hook_killed", tenant_id=self._tenant_id, hook=hook, how=how, is_off=is_last)
