"""
Make events durable together: what arrives while a write is in flight shares the next one.

One write at a time per tenant: under no load a request costs one write, under load many requests
share one. Where writes are paid for (a bucket), a group also waits for company. A request is
answered when its own segment is in the store, and not before. What waits is bounded in bytes;
beyond that a request is refused before it takes memory.
"""

import asyncio
from collections.abc import Sequence

from recommender_api.errors import Overloaded
from recommender_store.event_log.log import EventLog

WAITING_LIMIT_BYTES = 64 * 2**20
"""Of one tenant's events waiting for their write."""


class GroupCommit:
    """One tenant's queue of lines and its writer; a group waits `wait_s` before it is written."""

    def __init__(
        self, log: EventLog, limit_bytes: int = WAITING_LIMIT_BYTES, *, wait_s: float = 0.0
    ) -> None:
        self._log = log
        self._limit_bytes = limit_bytes
        self._wait_s = wait_s
        self._waiting: list[tuple[Sequence[bytes], asyncio.Future[None]]] = []
        self._waiting_bytes = 0
        self._writer: asyncio.Task[None] | None = None

    async def append(self, lines: Sequence[bytes]) -> None:
        """
        Return when the lines are durable.

        Raises:
            Overloaded: where too much waits; nothing was taken.
            StoreError: where the write failed; the lines may or may not be in the log.
        """
        size = sum(map(len, lines))
        if self._waiting and self._waiting_bytes + size > self._limit_bytes:
            raise Overloaded("the store is slower than the events come in")
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((lines, written))
        self._waiting_bytes += size
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_waiting())
        await written

    async def drain(self) -> None:
        """Return when nothing waits any more."""
        if self._writer is not None:
            await asyncio.wait([self._writer])

    async def _write_waiting(self) -> None:
        try:
            while self._waiting:
                if self._wait_s:
                    await asyncio.sleep(self._wait_s)
                group, self._waiting, self._waiting_bytes = self._waiting, [], 0
                await self._write(group)
        finally:
            self._writer = None

    async def _write(self, group: list[tuple[Sequence[bytes], asyncio.Future[None]]]) -> None:
        lines = [line for part, _ in group for line in part]
        try:
            await asyncio.to_thread(self._log.append, lines)
        except Exception as error:  # noqa: BLE001 - whatever it is, each waiting request is told
            for _, written in group:
                if not written.done():
                    written.set_exception(error)
        else:
            for _, written in group:
                if not written.done():
                    written.set_result(None)
