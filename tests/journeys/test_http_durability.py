"""What was acknowledged is in the log exactly once, whatever happens to the server."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port
from tests.recommender_api.served import AUTHOR, NO_TLS, PATIENCE_S, store_in, until

ROOT = Path(__file__).parents[2]


class Child:
    """`recommender serve` in a process of its own."""

    def __init__(self, folder):
        self.url, inside = (f"http://127.0.0.1:{port}" for port in (free_port(), free_port()))
        environment = {
            **os.environ,
            "RECOMMENDER_STORE_URL": f"file://{folder / 'store'}",
            "RECOMMENDER_CACHE_DIR": str(folder / "cache"),
        }
        ports = ["--port", self.url.split(":")[-1], "--internal-port", inside.split(":")[-1]]
        command = [sys.executable, "-m", "recommender_cli", "serve", *ports]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

        def is_ready():
            try:
                return httpx.get(f"{inside}/readyz", verify=NO_TLS).status_code == 200
            except httpx.TransportError:
                return False

        until(is_ready)

    def end(self, how):
        self._process.send_signal(how)
        return self._process.wait(PATIENCE_S)


class Senders:
    """Several clients that send one batch after the other, and remember what was acknowledged."""

    def __init__(self, url, key, count):
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"}
        self.acknowledged = []
        self.threads = [threading.Thread(target=self._send, args=(n,)) for n in range(count)]
        for thread in self.threads:
            thread.start()

    def _send(self, sender):
        with httpx.Client(
            base_url=self._url, headers=self._headers, timeout=PATIENCE_S, verify=NO_TLS
        ) as client:
            for number in range(10_000):
                ids = [f"s{sender}-{number}-{place}" for place in range(3)]
                try:
                    response = client.post("/v1/tenants/shop/events", json=batch(ids))
                except httpx.TransportError:
                    return
                if response.status_code == 202:
                    self.acknowledged += ids


def batch(ids):
    return {
        "events": [
            {"event_id": event_id, "kind": "view", "user_id": "u", "item_id": "item-000001"}
            | {"occurred_at": "2026-03-01T00:00:00Z"}
            for event_id in ids
        ]
    }


def kept(folder):
    lines = store_in(folder).tenant("shop").events.lines_after({})[0]
    ids = [json.loads(line)["event_id"] for line in lines]
    return [event_id for event_id in ids if event_id.startswith("s")]


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(signal.SIGKILL, id="killed"),
        pytest.param(signal.SIGTERM, id="told to stop", marks=pytest.mark.slow),
    ],
)
def test_every_acknowledged_event_is_in_the_log_exactly_once(folder, how):
    key = store_in(folder).tenant("shop").keys.create("x", ["ingest"], author=AUTHOR).secret
    child = Child(folder)
    senders = Senders(child.url, key, count=6)
    until(lambda: len(senders.acknowledged) > 200)
    ended = child.end(how)
    for thread in senders.threads:
        thread.join()
    found = kept(folder)

    assert set(senders.acknowledged) <= set(found)
    assert len(found) == len(set(found))
    assert len(set(found) - set(senders.acknowledged)) <= 6 * 3
    assert ended in (0, -how)
