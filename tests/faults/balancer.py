"""
What stands before replicas in a cluster: connections go to those that say they are ready.

Bytes are passed on as they come, and nothing is ever tried again. Readiness is asked for now and
then, so that for a moment connections still go to a replica that is no longer ready.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

PROBE_S = 0.5


class Replica(NamedTuple):
    port: int
    internal_port: int


class Balancer:
    def __init__(self, replicas: list[Replica]) -> None:
        self._replicas = replicas
        self._ready: set[Replica] = set()
        self._turn = count()
        self.port = 0
        self.refused = 0
        """Connections that no replica took."""
        self._carrying: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sends_to(self, replica: Replica) -> bool:
        return replica in self._ready

    async def run(self, started: threading.Event, ended: asyncio.Event) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        asking = [asyncio.create_task(self._ask(one)) for one in self._replicas]
        started.set()
        await ended.wait()
        for task in asking:
            task.cancel()
        server.close()
        await asyncio.gather(*asking, *self._carrying, return_exceptions=True)

    async def _ask(self, replica: Replica) -> None:
        while True:
            is_ready = await _is_ready(replica.internal_port)
            (self._ready.add if is_ready else self._ready.discard)(replica)
            await asyncio.sleep(PROBE_S)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ready = sorted(self._ready)
        try:
            replica = ready[next(self._turn) % len(ready)]
            there, back = await asyncio.open_connection("127.0.0.1", replica.port)
        except (OSError, ZeroDivisionError):
            self.refused += 1
            writer.transport.abort()
            return
        await asyncio.gather(_pass(reader, back), _pass(there, writer))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
    except OSError:
        writer.transport.abort()


async def _is_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        said = await reader.read()
    except OSError:
        return False
    writer.close()
    return said.startswith(b"HTTP/1.1 200")


@contextlib.contextmanager
def balancing(replicas: list[Replica]) -> Iterator[Balancer]:
    balancer, started = Balancer(replicas), threading.Event()
    loop, ended = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete, args=(balancer.run(started, ended),), daemon=True
    )
    thread.start()
    started.wait(60)
    try:
        yield balancer
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()
