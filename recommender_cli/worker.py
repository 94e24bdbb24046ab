"""
One of several workers: the public listener alone, on a socket that the parent holds.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator
from multiprocessing.connection import Connection

from typing_extensions import override

from recommender_api.health.readiness import Readiness
from recommender_api.listener import Listener
from recommender_api.settings import ApiSettings

from .logs import configure_logs
from .server import on_uvloop, server_config, wired
from .stores import opened

TELL_EVERY_S = 0.5


class _Minded(Listener):
    """The listener of a process whose parent says when to end."""

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def work(settings: ApiSettings, listening: socket.socket, tells: Connection) -> None:
    """Serve until SIGTERM, or until the parent is gone."""
    # A Ctrl-C reaches every process of the terminal; the parent says when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configure_logs(debug=False)
    with on_uvloop() as runner:
        runner.run(_serve(settings, listening, tells))


async def _serve(settings: ApiSettings, listening: socket.socket, tells: Connection) -> None:
    applications = wired(opened(), settings)
    config = server_config(applications.public, settings.host, settings.port, "auto")
    server = _Minded(config, applications, settings.announce_s)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, _end, server)
    telling = asyncio.create_task(_tell(applications.readiness, tells, server))
    await server.serve(sockets=[listening])
    telling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await telling


def _end(server: Listener) -> None:
    server.should_exit = True


async def _tell(readiness: Readiness, tells: Connection, server: Listener) -> None:
    """Tell the parent how things are; end where nobody listens any more."""
    while True:
        try:
            tells.send_bytes(readiness.state.encode())
        except OSError:
            _end(server)
            return
        await asyncio.sleep(TELL_EVERY_S)
