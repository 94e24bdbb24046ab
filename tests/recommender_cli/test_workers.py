"""Several workers behind one port: what one was told another tells, and the parent minds them."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from recommender_api.settings import ApiSettings
from recommender_cli.workers import _Worker
from recommender_store.catalog.log import ItemFields
from tests.ports import free_port
from tests.recommender_api.redis_server import running_redis
from tests.recommender_api.served import AUTHOR, NO_TLS, store_in, until

ROOT = Path(__file__).parents[2]


@dataclass
class Serving:
    """`recommender serve --workers 2` in a process of its own."""

    process: "subprocess.Popen[bytes]"
    url: str
    internal_url: str
    key: str

    def inside(self, path: str) -> httpx.Response | None:
        try:
            return httpx.get(self.internal_url + path, verify=NO_TLS)
        except httpx.TransportError:
            return None

    def is_alive(self) -> bool:
        answer = self.inside("/livez")
        return answer is not None and answer.status_code == 200

    def are_all_ready(self) -> bool:
        told = self.inside("/livez"), self.inside("/readyz")
        return all(answer is not None and answer.status_code == 200 for answer in told)

    def post(self, path: str, body: object) -> httpx.Response:
        """On a connection of its own, so that any worker may take it."""
        headers = {"Authorization": f"Bearer {self.key}"}
        url = f"{self.url}/v1/tenants/shop{path}"
        return httpx.post(url, json=body, headers=headers, verify=NO_TLS, timeout=20)

    def workers(self) -> list[int]:
        lists = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        children = " ".join(path.read_text() for path in lists).split()
        return sorted(int(pid) for pid in children if b"spawn_main" in command_of(pid))


def command_of(pid: str) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


@contextmanager
def two_workers(folder: Path, redis_url: str) -> Iterator[Serving]:
    store = store_in(folder, create=True)
    space = store.create_tenant("shop", "Shop", author=AUTHOR)
    space.catalog.write(ItemFields(f"item-{number}", {"title": "a"}) for number in range(20))
    key = space.keys.create("x", ["ingest", "serve"], author=AUTHOR).secret
    ports = free_port(), free_port()
    environment = {
        **os.environ,
        "RECOMMENDER_STORE_URL": f"file://{folder / 'store'}",
        "RECOMMENDER_CACHE_DIR": str(folder / "cache"),
        "RECOMMENDER_REDIS_URL": redis_url,
        "RECOMMENDER_HISTORY_BUDGET_MS": "1000",
    }
    command = [sys.executable, "-m", "recommender_cli", "serve", "--workers", "2"]
    command += ["--port", str(ports[0]), "--internal-port", str(ports[1])]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    public, internal = (f"http://127.0.0.1:{port}" for port in ports)
    serving = Serving(process, public, internal, key)
    try:
        until(serving.are_all_ready)
        yield serving
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    with running_redis() as redis, two_workers(tmp_path, redis.url) as running:
        yield running


def send(serving: Serving, item_id: str) -> None:
    event = {"event_id": item_id, "kind": "view", "user_id": "ann", "item_id": item_id}
    event["occurred_at"] = "2026-03-01T00:00:00Z"
    assert serving.post("/events", {"events": [event]}).status_code == 202


def told(serving: Serving) -> set[str]:
    body = {"user_id": "ann", "limit": 40}
    answer = serving.post("/placements/recently_viewed:recommend", body)
    assert answer.status_code == 200, answer.text
    return {item["item_id"] for item in answer.json()["items"]}


def test_what_any_worker_took_every_worker_tells_and_counts_as_one(serving):
    sent = set()
    for number in range(12):
        send(serving, f"item-{number}")
        sent.add(f"item-{number}")

        assert told(serving) == sent
    metrics = serving.inside("/metrics")

    assert metrics is not None
    assert 'recommender_api_events_total{tenant="shop",verdict="accepted"} 12.0' in metrics.text
    assert "recommender_api_history_up 1.0" in metrics.text
    assert "pid=" not in metrics.text


def test_a_worker_that_dies_is_started_anew_and_a_signal_ends_all_in_peace(serving):
    send(serving, "item-1")
    first, second = serving.workers()
    os.kill(first, signal.SIGKILL)
    until(lambda: not serving.is_alive())

    assert told(serving) == {"item-1"}
    until(serving.is_alive)
    assert second in serving.workers()
    assert len(serving.workers()) == 2

    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.wait(60) == 0
    assert not Path(f"/proc/{second}").exists()


@pytest.mark.slow
def test_workers_whose_parent_is_gone_end(serving):
    workers = serving.workers()
    assert len(workers) == 2
    serving.process.kill()
    serving.process.wait()

    until(lambda: not any(b"spawn_main" in _command_or_none(pid) for pid in workers))


def _command_or_none(pid: int) -> bytes:
    try:
        return command_of(str(pid))
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_a_signal_that_comes_before_a_worker_is_there_reaches_it():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        worker = _Worker(ApiSettings(), listening)
        worker.signal(signal.SIGTERM)
        code = asyncio.run(asyncio.wait_for(worker.live(), 60))

    assert code is not None
    assert worker.pid is None
