"""
This process's way to Redis: bounded in time, shared by all tenants, and closed while Redis is lost.

Whoever asks is answered within the time budget or told `OutOfReach`; the wait for others counts. A
lost Redis costs nobody anything: after the first refusal, or three answers that came too late, the
way is closed, whoever still waits is told so, and one task looks every quarter of a second whether
Redis answers a read in time again. Where it is lost again soon after, it is looked for less often.

Logs name an error and never quote it: its text may hold what was written.
"""

import asyncio
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from redis.exceptions import ResponseError

from recommender_api.telemetry.metrics import Metrics

from .server import LOST, Server
from .shared_trips import Gain, SharedTrips, Wish

LATE_LIMIT = 3
"""Answers that come too late in a row, until Redis counts as lost."""
WRITE_BUDGET_S = 0.5
"""The longest that an acknowledgement waits for live history."""
LOOK_EVERY_S = 0.25
LOOK_BUDGET_S = 1.0
PAUSE_LIMIT_S = 10.0
"""Between two looks for a Redis that comes and goes."""
STEADY_S = 30.0
"""Open for so long, it does not come and go."""
CATCH_UPS_AT_ONCE = 2
"""Of all tenants: each takes a thread, and a place in the trips of who writes."""
LOOKED_FOR = "recommender:look"
"""A key that nobody writes."""
_CONNECTIONS = 4
"""Made ahead, since a handshake may take longer than a read has: reads, a write, a command."""
_READS_AT_ONCE = 2
_READS_PER_TRIP = 200
_WRITES_PER_TRIP = 64

_log = structlog.get_logger()


class OutOfReach(Exception):  # noqa: N818 - what happened is the name; it never leaves this folder
    """Redis did not do it, or not in time; a write may have been done all the same."""


class Link:
    """To be used on one event loop only."""

    def __init__(
        self, server: Server, metrics: Metrics, *, read_budget_s: float, ttl_s: int
    ) -> None:
        self._server = server
        self._metrics = metrics
        self._read_budget_s = read_budget_s
        self._ttl_s = ttl_s
        self._reads = SharedTrips(self._read, _READS_AT_ONCE, _READS_PER_TRIP, read_budget_s)
        self._writes = SharedTrips(self._append, 1, _WRITES_PER_TRIP, WRITE_BUDGET_S)
        self._late = 0
        self._opened_at_s = float("-inf")
        self._pause_s = LOOK_EVERY_S
        self._looking: asyncio.Task[None] | None = None
        self._on_return: list[weakref.WeakMethod[Callable[[], None]]] = []
        self.is_open = True
        self.catch_ups = asyncio.Semaphore(CATCH_UPS_AT_ONCE)
        """To be held by whoever brings Redis up to a log unasked."""

    async def open(self) -> None:
        """Connect ahead of the first use; a Redis that is not there is looked for from now on."""
        try:
            async with asyncio.timeout(LOOK_BUDGET_S):
                await self._connect()
        except Exception as error:  # noqa: BLE001 - whatever it is, the process serves without
            self._shut(_named(error))

    def call_on_return(self, method: Callable[[], None]) -> None:
        """Have a bound method called whenever Redis is back; its object is not kept alive."""
        self._on_return.append(weakref.WeakMethod(method))

    async def read(self, keys: Sequence[str]) -> Mapping[str, bytes | None]:
        """
        At least these keys' strings, in one trip with all who ask now.

        Raises:
            OutOfReach.
        """
        return await self._joined(self._reads, keys)

    async def append(self, lines: Mapping[str, bytes]) -> None:
        """
        Append to strings, in one trip with all who write now.

        Raises:
            OutOfReach: some of it may have been appended.
        """
        await self._joined(self._writes, lines)

    async def call(self, *command: str | bytes | float) -> Any:
        """
        One command of one key.

        Raises:
            OutOfReach.
        """
        if not self.is_open:
            raise OutOfReach
        return await self._bounded(self._server.call(*command), WRITE_BUDGET_S)

    async def delete(self, beginning: str) -> None:
        """
        Delete every key that begins so; bounded step by step, and not as a whole.

        Raises:
            OutOfReach: some of them may have been deleted.
        """
        if not self.is_open:
            raise OutOfReach
        await self._bounded(self._server.delete(beginning), None)

    async def close(self) -> None:
        self.is_open = False
        if self._looking is not None:
            self._looking.cancel()
        self._call_off()
        await self._server.close()

    async def _joined(self, trips: SharedTrips[Wish, Gain], wish: Wish) -> Gain:
        if not self.is_open:
            raise OutOfReach
        try:
            return await trips.join(wish)
        except TimeoutError as error:
            raise OutOfReach from error

    async def _read(self, asked: list[Sequence[str]]) -> Mapping[str, bytes | None]:
        keys = list(dict.fromkeys(key for some in asked for key in some))
        found = await self._bounded(self._server.read(keys), self._read_budget_s)
        return dict(zip(keys, found, strict=True))

    async def _append(self, told: list[Mapping[str, bytes]]) -> None:
        together: dict[str, bytes] = dict(told[0])
        for more in told[1:]:
            for key, lines in more.items():
                together[key] = together.get(key, b"") + lines
        await self._bounded(self._server.append(together, self._ttl_s), WRITE_BUDGET_S)

    async def _bounded(self, doing: Any, budget_s: float | None) -> Any:
        try:
            async with asyncio.timeout(budget_s):
                done = await doing
        except TimeoutError as error:
            self._late += 1
            if self._late >= LATE_LIMIT:
                self._shut("it does not answer in time")
            raise OutOfReach from error
        except ResponseError as error:
            # It is there and refuses: no memory left, a copy that takes no writes.
            _log.warning("redis_refused", detail=_named(error))
            raise OutOfReach from error
        except LOST as error:
            self._shut(_named(error))
            raise OutOfReach from error
        self._late = 0
        return done

    async def _connect(self) -> None:
        await asyncio.gather(*(self._server.ping() for _ in range(_CONNECTIONS)))

    def _shut(self, why: str) -> None:
        if not self.is_open:
            return
        self.is_open = False
        self._metrics.set_history_up(is_up=False)
        _log.warning("redis_lost", detail=why)
        self._call_off()
        loop = asyncio.get_running_loop()
        was_steady = loop.time() - self._opened_at_s >= STEADY_S
        self._pause_s = LOOK_EVERY_S if was_steady else min(2 * self._pause_s, PAUSE_LIMIT_S)
        self._looking = loop.create_task(self._look())

    def _call_off(self) -> None:
        for trips in (self._reads, self._writes):
            trips.call_off(OutOfReach())

    async def _look(self) -> None:
        """Until Redis is back."""
        while not self.is_open:
            await asyncio.sleep(self._pause_s)
            self.is_open = await self._is_there()
        self._late = 0
        self._opened_at_s = asyncio.get_running_loop().time()
        self._metrics.set_history_up(is_up=True)
        _log.info("redis_back")
        self._tell_who_waits()

    async def _is_there(self) -> bool:
        """Whether it answers as a request needs it, not pings alone."""
        try:
            async with asyncio.timeout(LOOK_BUDGET_S):
                await self._connect()
                async with asyncio.timeout(self._read_budget_s):
                    await self._server.read([LOOKED_FOR])
        except LOST:
            return False
        except Exception as error:  # noqa: BLE001 - nobody else would look for it
            _log.warning("redis_look_failed", detail=_named(error))
            return False
        return True

    def _tell_who_waits(self) -> None:
        for reference in list(self._on_return):
            method = reference()
            if method is None:
                self._on_return.remove(reference)
            else:
                method()


def _named(error: Exception) -> str:
    """Its class and, of a refusal, Redis's own word for it."""
    word = str(error).partition(" ")[0]
    is_code = isinstance(error, ResponseError) and word.isascii() and word.isupper()
    return f"{type(error).__name__} {word}" if is_code else type(error).__name__
