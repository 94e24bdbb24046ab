"""
HTTP traffic from one process, measured: as fast as a server answers, or on a fixed schedule.

A target is a running server; an outcome is how long its answers took, how many were errors, and
how much CPU the server's process used meanwhile, all its threads, from `/proc`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typing_extensions import override

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Connection(asyncio.Protocol):
    """One kept-alive HTTP/1.1 connection: one request at a time."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._received = b""
        self._answered: asyncio.Future[int] | None = None

    @override
    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(b"\r\n\r\n")
        if not ended or self._answered is None:
            return
        _, _, rest = head.lower().partition(b"content-length: ")
        if len(body) >= int(rest.split(b"\r\n")[0]):
            self._received = b""
            self._answered.set_result(int(head.split(b" ", 2)[1]))

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionError("the server hung up"))

    async def send(self, head: bytes, body: bytes) -> int:
        """The status of the answer; without a head the body is the whole request."""
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.writelines([head % len(body) if head else b"", body])
        return await self._answered

    def close(self) -> None:
        self._transport.close()


@dataclass
class Target:
    """A running server and how to ask it."""

    port: int
    pid: int
    head: bytes

    def cpu_s(self) -> float:
        """User and system time of the process, all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    async def connect(self, count: int) -> list[Connection]:
        loop = asyncio.get_running_loop()
        made = []
        for _ in range(count):
            _, connection = await loop.create_connection(Connection, "127.0.0.1", self.port)
            made.append(connection)
        return made

    def packed(self) -> Target:
        head = self.head.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n")
        return Target(self.port, self.pid, head)


@dataclass
class Outcome:
    """What was sent in one case, and how long each request took."""

    requests: int = 0
    errors: int = 0
    elapsed_s: float = 0.0
    cpu_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def count(self, status: int, latency_s: float) -> None:
        self.requests += 1
        self.statuses[status] += 1
        self.errors += status // 100 != 2
        self.latencies_s.append(latency_s)

    def quantile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies_s)
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)

    def row(self, case: str, events: int, bare: Outcome | None = None) -> dict[str, object]:
        per_event = self.cpu_s / (self.requests * events) * 1e6
        above = per_event - bare.cpu_s / (bare.requests * events) * 1e6 if bare else None
        return {
            "case": case,
            "events_per_s": round(self.requests * events / self.elapsed_s),
            "cpu_us_per_event": round(per_event, 2),
            "above_bare_us": None if above is None else round(above, 2),
            "cpu_share": round(self.cpu_s / self.elapsed_s, 2),
            "p50_ms": self.quantile_ms(0.5),
            "p95_ms": self.quantile_ms(0.95),
            "p99_ms": self.quantile_ms(0.99),
            "errors": self.errors,
        }


Next = Callable[[], bytes | None]


async def as_fast_as_answered(
    target: Target, next_body: Next, seconds: float, connections: int
) -> Outcome:
    """Each connection sends its next request when the last was answered."""
    open_ones = await target.connect(connections)
    outcome = Outcome()
    until = time.perf_counter() + seconds

    async def keep_sending(connection: Connection) -> None:
        while (began := time.perf_counter()) < until and (body := next_body()) is not None:
            outcome.count(await connection.send(target.head, body), time.perf_counter() - began)

    await _measured(target, outcome, asyncio.gather(*map(keep_sending, open_ones)))
    for connection in open_ones:
        connection.close()
    return outcome


async def on_schedule(
    target: Target,
    next_body: Next,
    per_s: int,
    seconds: float,
    connections: int,
    *,
    warm_up_s: float = 0.0,
) -> Outcome:
    """
    So many requests a second, whatever the answers do; late ones wait for a connection.

    Those of `warm_up_s`, before the others, are sent and not counted.
    """
    open_ones = await target.connect(connections)
    outcome = Outcome()
    due_s: asyncio.Queue[float | None] = asyncio.Queue()

    async def keep_sending(connection: Connection) -> None:
        while (due := await due_s.get()) is not None and (body := next_body()) is not None:
            status = await connection.send(target.head, body)
            if due >= counted_from:
                outcome.count(status, time.perf_counter() - due)

    began = time.perf_counter()
    counted_from = began + warm_up_s

    async def keep_schedule() -> None:
        for number in range(int((warm_up_s + seconds) * per_s)):
            due = began + number / per_s
            await asyncio.sleep(due - time.perf_counter())
            due_s.put_nowait(due)
        for _ in open_ones:
            due_s.put_nowait(None)

    work = asyncio.gather(keep_schedule(), *map(keep_sending, open_ones))
    await _measured(target, outcome, work)
    for connection in open_ones:
        connection.close()
    return outcome


async def _measured(target: Target, outcome: Outcome, work: Awaitable[object]) -> None:
    began, cpu_before = time.perf_counter(), target.cpu_s()
    await work
    outcome.elapsed_s = time.perf_counter() - began
    outcome.cpu_s = target.cpu_s() - cpu_before
