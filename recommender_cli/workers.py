"""
Several workers behind one port, and the parent that minds them.

The parent holds the listening socket and the internal port, has segments packed, starts anew who
dies, and answers no request itself. Workers are spawned, never forked: a store's client has
threads, which a fork would lose. A worker tells how it is twice a second; whose parent is gone
ends.
"""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

import structlog
from prometheus_client.multiprocess import mark_process_dead

from recommender_api.health.workers import MISSING, WorkersHealth
from recommender_api.settings import ApiSettings
from recommender_api.watch.watch import Watch, watch_over
from recommender_store.opening import Store

from .server import END_LIMIT_S, Companion, listening_socket, on_uvloop, packing, server_config
from .worker import work

_log = structlog.get_logger()

LOOK_EVERY_S = 0.1
SILENT_LIMIT_S = 10.0
"""A worker that says nothing for so long counts as missing."""
PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
"""Before a worker that died is started anew; doubled while it does not last."""
LASTING_S = 60.0

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where each worker of prometheus_client writes what it counts, read before it is imported."""


def run_workers(settings: ApiSettings, store: Store) -> bool:
    """Serve until a signal comes and all have finished; False where a worker could not start."""
    watch = watch_over(store.tenant_ids, store.space, store.settings)
    with _metrics_folder() as folder, listening_socket(settings.host, settings.port) as listening:
        parent = _Parent(settings, listening, folder, watch)
        with (
            packing(store.settings.url, settings.compact_every_s, watch.count_packing),
            on_uvloop() as runner,
        ):
            return runner.run(parent.run())


@contextlib.contextmanager
def _metrics_folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="recommender-metrics-") as folder:
        os.environ[METRICS_FOLDER] = folder
        try:
            yield folder
        finally:
            del os.environ[METRICS_FOLDER]


class _Worker:
    """One worker's place: the process that fills it now, and what it said last."""

    def __init__(self, settings: ApiSettings, listening: socket.socket) -> None:
        self._settings = settings
        self._listening = listening
        self._process: SpawnProcess | None = None
        self._signalled: int | None = None
        """Passed on to a process that was only just being started, too."""
        self._said = "starting"
        self._heard_at = 0.0
        self.was_ready = False

    @property
    def state(self) -> str:
        is_silent = time.monotonic() - self._heard_at > SILENT_LIMIT_S
        return MISSING if self._process is None or is_silent else self._said

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def live(self) -> int | None:
        """Start a process, and listen to it until it is gone; returns its exit code."""
        context = multiprocessing.get_context("spawn")
        hears, tells = context.Pipe(duplex=False)
        process = context.Process(
            target=work, args=(self._settings, self._listening, tells), daemon=True
        )
        await asyncio.to_thread(process.start)
        tells.close()
        self._process, self._said, self._heard_at = process, "starting", time.monotonic()
        if self._signalled is not None:
            self.signal(self._signalled)
        while process.is_alive():
            await asyncio.sleep(LOOK_EVERY_S)
            self._listen(hears)
        hears.close()
        self._process = None
        return process.exitcode

    def signal(self, number: int) -> None:
        self._signalled = number
        if self._process is not None and self._process.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def _listen(self, hears: Connection) -> None:
        with contextlib.suppress(EOFError, OSError):
            while hears.poll():
                self._said, self._heard_at = hears.recv_bytes().decode(), time.monotonic()
                self.was_ready = self.was_ready or self._said == "ready"


class _Parent:
    def __init__(
        self, settings: ApiSettings, listening: socket.socket, folder: str, watch: Watch
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._watch = watch
        self._workers = [_Worker(settings, listening) for _ in range(settings.workers)]
        self._end = asyncio.Event()
        self._has_failed = False

    async def run(self) -> bool:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end.set)
        health = WorkersHealth(self._states, self._folder, self._watch)
        config = server_config(health, self._settings.host, self._settings.internal_port, "off")
        internal = Companion(config)
        beside = asyncio.create_task(internal.serve())
        watching = asyncio.create_task(self._watch.run())
        minding = [asyncio.create_task(self._mind(worker)) for worker in self._workers]
        await self._end.wait()
        watching.cancel()
        await self._dismiss(minding)
        internal.should_exit = True
        await beside
        return not self._has_failed

    def _states(self) -> list[str]:
        return ["ending"] if self._end.is_set() else [worker.state for worker in self._workers]

    async def _mind(self, worker: _Worker) -> None:
        """Keep one place filled until the end."""
        pause_s = PAUSE_S
        while not self._end.is_set():
            began = time.monotonic()
            code = await worker.live()
            self._forget_gauges()
            if self._end.is_set():
                return
            _log.error("worker_died", exit_code=code)
            if not any(one.was_ready for one in self._workers):
                self._has_failed = True
                self._end.set()
                return
            has_lasted = time.monotonic() - began > LASTING_S
            pause_s = PAUSE_S if has_lasted else min(2 * pause_s, LONGEST_PAUSE_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._end.wait(), pause_s)

    def _forget_gauges(self) -> None:
        """Of those who are gone; their counts stay."""
        alive = {worker.pid for worker in self._workers}
        for file in Path(self._folder).glob("gauge_live*.db"):
            pid = int(file.stem.rpartition("_")[2])
            if pid not in alive:
                mark_process_dead(pid, self._folder)  # type: ignore[no-untyped-call]

    async def _dismiss(self, minding: "list[asyncio.Task[None]]") -> None:
        """Have every worker finish; who does not is killed."""
        for number, patience_s in ((signal.SIGTERM, END_LIMIT_S), (signal.SIGKILL, None)):
            for worker in self._workers:
                worker.signal(number)
            _, left = await asyncio.wait(minding, timeout=patience_s)
            if not left:
                return
