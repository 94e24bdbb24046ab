"""The store is slower than the events: senders are told to wait before memory grows."""

import json
import threading
from collections import Counter
from pathlib import Path

import httpx

from recommender_api.ingest.backlog import TENANT_LIMIT_BYTES
from tests.faults.crowd import batch
from tests.faults.server_process import ServerProcess
from tests.recommender_api.served import AUTHOR, NO_TLS, store_in, until

SENDERS = 90
EVENTS = 1000
BODY = json.dumps(batch([f"batch-no-{'x' * 220}-{place}" for place in range(EVENTS)])).encode()
MEMORY_FACTOR = 7
"""What an event inside may take, in its own bytes on the wire, the allocator's slack included."""
TAKEN, TOLD_TO_WAIT = (202, None), (503, "1")


class Senders:
    """Each sends one batch after the other, each until it is taken."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url, key
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(n,)) for n in range(SENDERS)]
        self.answers: Counter[tuple[int, str | None]] = Counter()
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _send(self, sender: int) -> None:
        headers = {"Authorization": f"Bearer {self._key}"}
        number = 0
        with httpx.Client(headers=headers, timeout=60, verify=NO_TLS) as client:
            while not self._is_over.is_set():
                body = BODY.replace(b"batch-no", f"{sender}-{number}".encode())
                answer = client.post(f"{self._url}/v1/tenants/shop/events", content=body)
                self.answers[answer.status_code, answer.headers.get("retry-after")] += 1
                number += answer.status_code == 202


def test_memory_stays_bounded_and_whoever_was_refused_gets_through_later(tmp_path):
    store = store_in(tmp_path, create=True)
    space = store.create_tenant("shop", "Shop", author=AUTHOR)
    key = space.keys.create("x", ["ingest"], author=AUTHOR).secret
    slow = tmp_path / "slow"
    slow.touch()
    server = ServerProcess(tmp_path, str(Path(__file__).parent / "slow_server.py"))
    server.start()
    before_mib = server.peak_mib
    senders = Senders(server.url, key)
    try:
        until(lambda: senders.answers[TOLD_TO_WAIT] > 200)
        grown_mib = server.peak_mib - before_mib
        slow.unlink()
        before = senders.answers[TAKEN]
        until(lambda: senders.answers[TAKEN] > before + 20)
    finally:
        senders.end()
        server.end()

    lines, _ = store.tenant("shop").events.lines_after({})
    assert set(senders.answers) == {TAKEN, TOLD_TO_WAIT}
    assert grown_mib < TENANT_LIMIT_BYTES / 2**20 * MEMORY_FACTOR
    assert len(lines) == EVENTS * senders.answers[TAKEN]
