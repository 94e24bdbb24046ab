"""
The worker's end of the line to a child: calls wait their turn, go in one by one, and each comes
back, or is told why not. Nothing here waits but the caller.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

import msgspec
from typing_extensions import override

from .own_time import AllTime, Mark, OwnTime
from .wire import How, Ready, Reply, taken_from

LAST_LOOK_S: Final = 0.0005
"""A loop that was busy with something else reads what came meanwhile before it gives up."""


@dataclass(eq=False)
class _Asked:
    """One call on its way."""

    hook: str
    number: int
    frame: bytes
    allowed_s: float
    """How long the hook may take."""
    reply: "asyncio.Future[Reply]"
    turn: Mark | None = None
    """When it had its turn."""
    timers: list[asyncio.TimerHandle] = field(default_factory=list)

    def settle(self, how: How, detail: str = "") -> None:
        self.settle_with(Reply(self.number, how, detail))

    def settle_with(self, reply: Reply) -> None:
        for timer in self.timers:
            timer.cancel()
        if not self.reply.done():
            self.reply.set_result(reply)


class Line(asyncio.Protocol):
    """
    `struck` is told of each hook that cost the child its life; `own_time` says how much time was
    the child's own.
    """

    def __init__(self, struck: Callable[[str, How], None], own_time: OwnTime | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._struck = struck
        self._own_time = own_time or AllTime()
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._waiting: deque[_Asked] = deque()
        self._running: _Asked | None = None
        self._number = 0
        self.ready: asyncio.Future[Ready] = self._loop.create_future()
        """When the child has loaded its hooks; cancelled where it ended before."""
        self.ended: asyncio.Future[None] = self._loop.create_future()

    @property
    def next_number(self) -> int:
        self._number += 1
        return self._number

    async def ask(
        self, hook: str, number: int, frame: bytes, allowed_s: float, within_s: float
    ) -> Reply:
        """
        What comes back within a time.

        Args:
            hook: who is called.
            number: of the call, as the frame says it.
            frame: the call.
            allowed_s: how long the caller waits from its turn on, and how much of its own time the
                hook may take; beyond that the child is lost.
            within_s: how long the caller waits, its turn included.
        """
        asked = _Asked(hook, number, frame, allowed_s, self._loop.create_future())
        self._waiting.append(asked)
        self._go_on()
        if asked is not self._running or within_s < allowed_s:
            self._after(within_s, self._let_go, asked)
        return await asked.reply

    def end(self) -> None:
        """Hang up; whoever waits is told."""
        if self._transport is not None:
            self._transport.abort()
        self._give_back("starting")

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            for said in taken_from(self._received):
                self._take(said)
        except (ValueError, msgspec.MsgspecError):
            self._strike("invalid", "its process said what nobody understands")

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._running is not None:
            self._strike("died", "its process ended")
        self._give_back("starting")

    def _take(self, said: Ready | Reply) -> None:
        if isinstance(said, Ready):
            if not self.ready.done():
                self.ready.set_result(said)
            return
        if self._running is None or said.number != self._running.number:
            raise ValueError(f"a reply to the call {said.number}, which nobody made")
        asked, self._running = self._running, None
        asked.settle_with(said)
        self._go_on()

    def _go_on(self) -> None:
        """Let the next one have its turn, where nobody has it."""
        while self._running is None and self._waiting and self._transport is not None:
            asked = self._waiting.popleft()
            if not asked.reply.done():
                self._running = asked
                asked.turn = self._own_time.mark()
                self._transport.write(asked.frame)
                self._after(asked.allowed_s, self._overrun, asked)

    def _after(self, delay_s: float, then: Callable[[_Asked], None], asked: _Asked) -> None:
        look, loop = LAST_LOOK_S, self._loop
        asked.timers.append(loop.call_later(delay_s, lambda: loop.call_later(look, then, asked)))

    def _let_go(self, asked: _Asked, why: str = "its answer had no time left") -> None:
        """The caller waits no longer; the hook may still be within its time."""
        if not asked.reply.done():
            asked.reply.set_result(Reply(asked.number, "late", why))

    def _overrun(self, asked: _Asked) -> None:
        """The time is over; whether it was the hook that took it."""
        if asked is not self._running or asked.turn is None:
            return
        left_s = asked.allowed_s - self._own_time.since(asked.turn)
        if left_s > 0:
            self._let_go(asked, "it waited for a processor until its time was over")
            self._after(left_s, self._overrun, asked)
        else:
            self._strike("overrun", f"took more than {1000 * asked.allowed_s:g} ms")

    def _strike(self, how: How, detail: str) -> None:
        """Whose turn it was costs the child its life."""
        asked, self._running = self._running, None
        if asked is not None:
            self._struck(asked.hook, how)
            asked.settle(how, detail)
        self.end()

    def _give_back(self, how: How) -> None:
        left = [*([self._running] if self._running is not None else []), *self._waiting]
        self._running = None
        self._waiting.clear()
        for asked in left:
            asked.settle(how, "its process is being started")
        self.ready.cancel()
        if not self.ended.done():
            self.ended.set_result(None)
