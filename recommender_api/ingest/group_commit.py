"""
Make events durable together: what arrives while a write is in flight shares the next one.

One write at a time per tenant: under no load a request costs one write, under load many requests
share one. Where writes are paid for (a bucket), a group also waits for company. A request is
answered when its own segment is in the store, and not before. How much may wait is not decided
here but in `backlog`.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import NamedTuple

from recommender_store.event_log.log import EventLog

SEGMENT_LIMIT_BYTES = 8 * 2**20
"""Of lines in one write, so that a backlog neither waits for nor is copied into a huge one."""


class Commit(NamedTuple):
    """One segment that was written, for so many requests at once; nanoseconds since 1970."""

    segment: str
    size_bytes: int
    requests: int
    began_ns: int
    ended_ns: int


_Part = tuple[Sequence[bytes], asyncio.Future[Commit]]
Tell = Callable[[float, int | None], None]
"""Told the seconds that a write took, and the segment's bytes, None where it failed."""


def _tell_nobody(duration_s: float, size_bytes: int | None) -> None:
    """Where nobody counts."""


class GroupCommit:
    """
    One tenant's queue of lines and its writer; a group waits `wait_s` before it is written.

    Writes have threads of their own: behind the reading of a model or a history they would wait.
    """

    def __init__(
        self,
        log: EventLog,
        threads: Executor,
        limit_bytes: int = SEGMENT_LIMIT_BYTES,
        *,
        wait_s: float = 0.0,
        tell: Tell = _tell_nobody,
    ) -> None:
        self._log = log
        self._tell = tell
        self._threads = threads
        self._limit_bytes = limit_bytes
        self._wait_s = wait_s
        self._waiting: deque[_Part] = deque()
        self._writer: asyncio.Task[None] | None = None

    @property
    def is_writing(self) -> bool:
        return self._writer is not None

    async def append(self, lines: Sequence[bytes]) -> Commit:
        """
        Return when the lines, each one or several joined by line ends, are durable.

        Raises:
            StoreError: where the write failed; the lines may or may not be in the log.
        """
        written: asyncio.Future[Commit] = asyncio.get_running_loop().create_future()
        self._waiting.append((lines, written))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_waiting())
        return await written

    async def drain(self) -> None:
        """Return when nothing waits any more."""
        if self._writer is not None:
            await asyncio.wait([self._writer])

    async def _write_waiting(self) -> None:
        try:
            while self._waiting:
                if self._wait_s:
                    await asyncio.sleep(self._wait_s)
                await self._write(self._next_group())
        finally:
            self._writer = None

    def _next_group(self) -> list[_Part]:
        group: list[_Part] = []
        size_bytes = 0
        while self._waiting and (not group or size_bytes < self._limit_bytes):
            part = self._waiting.popleft()
            size_bytes += sum(map(len, part[0]))
            group.append(part)
        return group

    async def _write(self, group: list[_Part]) -> None:
        lines = [line for part, _ in group for line in part]
        began_ns, began_s = time.time_ns(), time.perf_counter()
        loop = asyncio.get_running_loop()
        try:
            segment = await loop.run_in_executor(self._threads, self._log.append, lines)
        except Exception as error:  # noqa: BLE001 - whatever it is, each waiting request is told
            self._tell(time.perf_counter() - began_s, None)
            for _, written in group:
                if not written.done():
                    written.set_exception(error)
        else:
            size_bytes = segment.size_bytes
            self._tell(time.perf_counter() - began_s, size_bytes)
            commit = Commit(segment.key, size_bytes, len(group), began_ns, time.time_ns())
            for _, written in group:
                if not written.done():
                    written.set_result(commit)
