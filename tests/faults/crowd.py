"""Services that send to the platform while it fails: loggers that retry, clients that do not."""

import threading
import time
from collections import Counter
from pathlib import Path

import httpx

from loggers_sdk import EventLogger, RetryPolicy
from recommender_store.opening import Store
from tests.recommender_api.served import NO_TLS

AT = "2026-03-01T00:00:00Z"


class Crowd:
    """
    Every event has an item of its own, by which it is found again in the log.

    `offered` is what loggers were told; `acknowledged` what plain clients got a 202 for, batch by
    batch, never sending one twice.
    """

    def __init__(self, url: str, key: str, spool: Path, loggers: int = 3, clients: int = 2) -> None:
        self._url, self._key = url, key
        self._is_over = threading.Event()
        self.offered: list[str] = []
        self.sent: list[str] = []
        self.acknowledged: list[str] = []
        self.refused: Counter[tuple[int, str, bool]] = Counter()
        """Status, code, and whether it was told when to come again."""
        policy = RetryPolicy(first_s=0.05, ceiling_s=0.5)
        self._loggers = [
            EventLogger(url, "shop", key, spool_dir=spool, retry=policy, linger_s=0.05)
            for _ in range(loggers)
        ]
        tasks = [(self._log, n) for n in range(loggers)] + [(self._send, n) for n in range(clients)]
        self._threads = [threading.Thread(target=task, args=(n,)) for task, n in tasks]
        for thread in self._threads:
            thread.start()

    def end(self, timeout_s: float = 60) -> None:
        """Stop sending, and deliver what is left."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()
        for events in self._loggers:
            assert events.flush(timeout_s=timeout_s).is_complete, events.stats()
            stats = events.stats()
            assert (stats.dropped, stats.rejected) == (0, 0)
            events.close()

    def _log(self, number: int) -> None:
        for count in range(10**9):
            item = f"logged-{number}-{count}"
            self._loggers[number].view(user_id=f"u{count % 50}", item_id=item)
            self.offered.append(item)
            if self._is_over.wait(0.004):
                return

    def _send(self, number: int) -> None:
        headers = {"Authorization": f"Bearer {self._key}"}
        with httpx.Client(headers=headers, timeout=20, verify=NO_TLS) as client:
            for count in range(10**9):
                items = [f"sent-{number}-{count}-{place}" for place in range(5)]
                self.sent += items
                try:
                    answer = client.post(f"{self._url}/v1/tenants/shop/events", json=batch(items))
                except httpx.TransportError:
                    time.sleep(0.05)
                else:
                    self._take(answer, items)
                if self._is_over.is_set():
                    return

    def _take(self, answer: httpx.Response, items: list[str]) -> None:
        if answer.status_code == 202:
            self.acknowledged += items
            return
        told_when = answer.headers.get("retry-after", "0") >= "1"
        self.refused[answer.status_code, answer.json()["code"], told_when] += 1
        time.sleep(0.05)


def batch(items: list[str]) -> dict[str, list[dict[str, str]]]:
    return {
        "events": [
            {"event_id": item, "kind": "view", "user_id": "u", "item_id": item, "occurred_at": AT}
            for item in items
        ]
    }


def kept(store: Store) -> Counter[str]:
    """The items of the log's views, as it is read after compaction, and how often each is there."""
    log = store.tenant("shop").events
    log.compact()
    assert log.state().pending == ()
    return Counter(event["item_id"] for event in log.state().read() if event["kind"] == "view")
