"""
Run in a pod of the API, by its Python: a tenant with a log of its own, one training through the
launcher. Prints how the training ended, as a line of JSON.
"""

import json
import os
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

BASE = f"http://127.0.0.1:{os.environ.get('RECOMMENDER_TEST_PORT', '8000')}/v1/tenants"
ADMIN = os.environ["RECOMMENDER_ADMIN_TOKEN"].split(",")[0].rpartition("=")[2]
TOWNS, ITEMS, USERS, DAYS = 6, 20, 300, 30
PATIENCE_S = 600


def call(method: str, path: str, body: Any = None) -> Any:
    headers = {"authorization": f"Bearer {ADMIN}", "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(BASE + path, data, headers, method=method), timeout=60) as answer:
        return json.loads(answer.read())


def events() -> list[dict[str, Any]]:
    """Towns of users who look at the items of their own, each at some of them each few days."""
    chance, now = random.Random(3), datetime.now(UTC)
    return [
        {
            "event_id": f"{user}-{number}",
            "kind": "view",
            "user_id": f"user-{user}",
            "item_id": f"item-{user % TOWNS}-{int(ITEMS * chance.random() ** 2)}",
            "occurred_at": (now - timedelta(days=DAYS * chance.random())).isoformat(),
        }
        for user in range(USERS)
        for number in range(40)
    ]


def main() -> None:
    call("POST", "", {"id": "shop", "name": "Shop"})
    log = events()
    for start in range(0, len(log), 1000):
        call("POST", "/shop/events", {"events": log[start : start + 1000]})
    run_id = call("POST", "/shop/runs", {})["run_id"]
    give_up = time.monotonic() + PATIENCE_S
    while (run := call("GET", f"/shop/runs/{run_id}"))["status"] in ("queued", "running"):
        if time.monotonic() > give_up:
            break
        time.sleep(2)
    print(json.dumps({"run_id": run_id, "status": run["status"], "sentence": run["sentence"]}))  # noqa: T201 - how it answers


if __name__ == "__main__":
    main()
