"""The end of the line that waits: what becomes of a call that nobody answers in time."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from recommender_api.rules.hooks.line import Line
from recommender_api.rules.hooks.own_time import AllTime
from recommender_api.rules.hooks.wire import Reply, framed

ALLOWED_S = 0.02


class Waiting(AllTime):
    """Of a process that waits for a processor all the time, until it is let run."""

    runs = False

    def since(self, mark):
        return super().since(mark) if self.runs else 0.0


@contextlib.asynccontextmanager
async def lined(own_time=None) -> AsyncIterator[tuple[Line, socket.socket, list]]:
    """A line, the child's end of it, and who was struck."""
    ours, theirs = socket.socketpair()
    struck: list = []
    with theirs:
        line = Line(lambda *one: struck.append(one), own_time)
        await asyncio.get_running_loop().create_unix_connection(lambda: line, sock=ours)
        try:
            yield line, theirs, struck
        finally:
            line.end()
            await line.ended


async def ask(line: Line) -> Reply:
    return await line.ask("mine", line.next_number, b"", ALLOWED_S, ALLOWED_S)


def test_a_hook_that_took_all_its_time_costs_the_child_its_life():
    async def silent():
        async with lined() as (line, _, struck):
            return await ask(line), struck

    reply, struck = asyncio.run(silent())

    assert (reply.how, reply.detail) == ("overrun", "took more than 20 ms")
    assert struck == [("mine", "overrun")]


def test_a_hook_that_had_no_processor_is_late_and_lives_on():
    async def starved():
        async with lined(Waiting()) as (line, theirs, struck):
            late = await ask(line)
            theirs.sendall(framed(Reply(1, "applied")))
            next_one = asyncio.create_task(ask(line))
            await asyncio.sleep(0)
            theirs.sendall(framed(Reply(2, "applied")))
            return late, await next_one, struck

    late, after, struck = asyncio.run(starved())

    assert (late.how, after.how) == ("late", "applied")
    assert "processor" in late.detail
    assert struck == []


def test_a_late_hook_that_then_takes_all_its_time_costs_the_child_its_life_after_all():
    async def starved_at_first():
        own_time = Waiting()
        async with lined(own_time) as (line, _, struck):
            late = await ask(line)
            own_time.runs = True
            await asyncio.wait_for(line.ended, 10)
            return late, struck

    late, struck = asyncio.run(starved_at_first())

    assert late.how == "late"
    assert struck == [("mine", "overrun")]
