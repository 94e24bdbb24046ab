"""
The server process: two listeners on one loop, and a child that tends the store now and then.

Of several workers each has the public listener alone; see `workers`. What answers requests is
imported by who answers them: their parent starts without it.
"""

import asyncio
import contextlib
import gc
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, Protocol

import structlog
import uvicorn
import uvloop
from typing_extensions import override

from recommender_api.listener import DRAIN_S, BoundedHttp, Listener
from recommender_api.settings import ApiSettings
from recommender_store.opening import Store

from .output import DONE, WAITING

if TYPE_CHECKING:
    from recommender_api.app import Applications

_log = structlog.get_logger()

KEEP_ALIVE_S = 75
"""Longer than proxies keep a connection that rests (60 s): who closes first loses no request."""
END_LIMIT_S = DRAIN_S + 10.0
"""Once it takes no more; then the process is gone, whatever its store still does."""
BACKLOG = 2048
GARBAGE_THRESHOLD = 50_000


class TellPacked(Protocol):
    """Told how each packing ended."""

    def __call__(self, *, is_done: bool) -> None: ...


class Companion(uvicorn.Server):
    """A second server beside the one that handles signals."""

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Sole(Listener):
    """The listener of a process that no parent minds."""

    @override
    async def shutdown(self, *arguments: Any, **named: Any) -> None:
        guard = threading.Timer(self._announce_s + END_LIMIT_S, _go)
        guard.daemon = True
        guard.start()
        await super().shutdown(*arguments, **named)


def _go() -> None:
    _log.error("end_forced", limit_s=END_LIMIT_S)
    os._exit(1)


def run_server(store: Store, settings: ApiSettings) -> None:
    """Serve until a signal comes, then finish what was begun."""
    with on_uvloop() as runner:
        runner.run(_serve(store, settings))


def on_uvloop() -> asyncio.Runner:
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


def wired(store: Store, settings: ApiSettings) -> "Applications":
    """
    What answers; from then on garbage is looked for among young objects only, and rarely.

    What is imported and wired lives as long as the process: to look through it for garbage, again
    and again as it grows, took a sixth of the start and found a megabyte. A batch of events is
    hundreds of objects that die with it; to look for cycles each time took a sixth of what ingest
    takes.
    """
    gc.disable()
    from recommender_api.app import create_app

    applications = create_app(store, settings)
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    gc.enable()
    return applications


@contextlib.contextmanager
def packing(store_url: str, every_s: float, tell: TellPacked) -> Iterator[None]:
    """Small segments are packed, and canaries watched, in the background while the block lasts."""
    stop = threading.Event()
    if every_s and not store_url.startswith("memory:"):
        threading.Thread(target=_pack, args=(store_url, every_s, stop, tell), daemon=True).start()
    try:
        yield
    finally:
        stop.set()


def can_listen(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return False
    return True


@contextlib.contextmanager
def listening_socket(host: str, port: int) -> Iterator[socket.socket]:
    """One socket that several processes accept from: what waits there outlives any of them."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
        yield listening


async def _serve(store: Store, settings: ApiSettings) -> None:
    applications = wired(store, settings)
    public = _Sole(
        server_config(applications.public, settings.host, settings.port, "auto"),
        applications,
        settings.announce_s,
    )
    internal = Companion(
        server_config(applications.internal, settings.host, settings.internal_port, "off")
    )
    beside = asyncio.create_task(internal.serve())
    try:
        with packing(
            store.settings.url, settings.compact_every_s, applications.watch.count_packing
        ):
            await public.serve()
    finally:
        internal.should_exit = True
        await beside


def server_config(
    application: Any, host: str, port: int, lifespan: Literal["auto", "off"]
) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        host=host,
        port=port,
        http=BoundedHttp,
        lifespan=lifespan,
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
    )


def _pack(store_url: str, every_s: float, stop: threading.Event, tell: TellPacked) -> None:
    """
    Pack small segments into Parquet, in a child: the libraries for that are too big for a server.
    Another one looks at canaries, which reads the log.
    """
    environment = {**os.environ, "RECOMMENDER_STORE_URL": store_url}
    while not stop.wait(every_s):
        fault = _told_by(environment, "store", "compact")
        tell(is_done=fault is None)
        if fault is not None:
            _log.warning("compaction_failed", detail=fault)
        fault = _told_by(environment, "canary", "watch")
        if fault is not None:
            _log.warning("canary_watch_failed", detail=fault)


def _told_by(environment: dict[str, str], *verb: str) -> str | None:
    """Why a verb failed; None where it did not."""
    command = [sys.executable, "-m", "recommender_cli", *verb, "--json"]
    done = subprocess.run(  # noqa: S603 - our own command
        command, env=environment, capture_output=True, check=False
    )
    if done.returncode in (DONE, WAITING):
        return None
    return done.stderr.decode("utf-8", "replace")[-500:]
