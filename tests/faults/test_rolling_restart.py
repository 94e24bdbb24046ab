"""Replicas are restarted one after the other, under load, and nobody outside hears of it."""

import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.faults.balancer import PROBE_S, Balancer, Replica, balancing
from tests.faults.crowd import batch, kept
from tests.faults.server_process import ServerProcess
from tests.recommender_api.served import AUTHOR, NO_TLS, store_in, until

ANNOUNCE_S = 6 * PROBE_S
CLIENTS = 6


class Shoppers:
    """Clients that keep their connections, ask and tell in turn, and never try again."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url, key
        self._is_over = threading.Event()
        self.lost: list[str] = []
        self.answered: Counter[int] = Counter()
        self.acknowledged: list[str] = []
        self._threads = [
            threading.Thread(target=self._shop, args=(number,)) for number in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _shop(self, number: int) -> None:
        tenant = f"{self._url}/v1/tenants/shop"
        headers = {"Authorization": f"Bearer {self._key}"}
        with httpx.Client(headers=headers, timeout=20, verify=NO_TLS) as client:
            for count in range(10**9):
                items = [f"{number}-{count}-{place}" for place in range(3)]
                self._take(lambda: client.get(f"{tenant}/popular"))
                told = self._take(
                    lambda: client.post(f"{tenant}/events", json=batch(items))  # noqa: B023 - the same
                )
                self.acknowledged += items if told else []
                # Some connections rest for a while, as those of a pool do.
                if self._is_over.wait(0.3 * number / CLIENTS):
                    return

    def _take(self, ask) -> bool:
        try:
            status = ask().status_code
        except httpx.TransportError as error:
            self.lost.append(f"{time.monotonic():.2f} {error!r}")
            return False
        self.answered[status] += 1
        return status == 202


def restart(server: ServerProcess, replica: Replica, balancer: Balancer) -> None:
    server.end()
    until(lambda: not balancer.sends_to(replica))
    server.start()
    until(lambda: balancer.sends_to(replica))


@pytest.mark.slow
def test_a_rolling_restart_loses_no_request(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("RECOMMENDER_ANNOUNCE_S", str(ANNOUNCE_S))
    store = store_in(tmp_path, create=True)
    space = store.create_tenant("shop", "Shop", author=AUTHOR)
    key = space.keys.create("x", ["ingest", "serve"], author=AUTHOR).secret
    servers = [ServerProcess(tmp_path), ServerProcess(tmp_path)]
    replicas = [Replica(one.port, one.internal_port) for one in servers]
    try:
        for server in servers:
            server.start()
        with balancing(replicas) as balancer:
            until(lambda: all(map(balancer.sends_to, replicas)))
            shoppers = Shoppers(balancer.url, key)
            for server, replica in zip(servers * 2, replicas * 2, strict=True):
                restart(server, replica, balancer)
            shoppers.end()
    finally:
        for server in servers:
            server.end()

    assert shoppers.lost == []
    assert balancer.refused == 0
    assert set(shoppers.answered) == {200, 202}
    assert Counter(shoppers.acknowledged) == kept(store)
