"""
Two replicas that share a store and Redis: how long until the other one answers by what one took in.

    python benchmarks/replicas.py [--shop FOLDER] [--times 200] [--json]

The shop is that of `serving.py`. An event is posted to one replica; from its 202 on the other is
asked until its answer has changed. The same with an item that is hidden, and with a rule. At last a
server with two workers: memory that is each one's own, once both have answered.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import shop_world
from servers import redis_url
from serving import Platform, platform
from shop_world import Shop

ASKED_EVERY_S = 0.002
GIVE_UP_S = 30.0
CHANGES = 20
"""Of the catalog and of rules: slower than events."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--shop", type=Path, help="a folder that keeps the trained shop")
    parser.add_argument("--users", type=int, default=200_000)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=3_000_000)
    parser.add_argument("--times", type=int, default=200, help="events that are waited for")
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, redis_url() as redis:
        size = {"users": asked.users, "items": asked.items, "events": asked.events}
        shop = shop_world.shop(asked.shop or Path(folder), **size)
        rows = measured(shop, redis, asked.times)
    if asked.as_json:
        print(json.dumps({"rows": rows}))
    else:
        for row in rows:
            print("  ".join(f"{name} {value}" for name, value in row.items()))


def measured(shop: Shop, redis: str, times: int) -> list[dict[str, Any]]:
    with (
        platform(shop, redis, workers=1, cores="0") as (one, _),
        platform(shop, redis, workers=1, cores="1") as (other, _),
    ):
        shown = items_of(other.call("GET", "/popular?limit=200"))
        looked_at = [shown[at % len(shown)] for at in range(times)]
        rows = [
            row(
                "event accepted → answer changed",
                [seen(one, other, shop, each) for each in looked_at],
            ),
            row("item hidden → gone", [hidden(one, other, each) for each in shown[:CHANGES]]),
            row("rule put → holds", [ruled(one, other, each) for each in shown[-CHANGES:]]),
        ]
    with platform(shop, redis, workers=2, cores="0,1") as (running, pid):
        for at in range(2_000):
            running.call("GET", f"/items/{shop_world.item(at)}/similar?limit=20")
        return [*rows, {"case": "memory of each worker's own", "mb": own_mb(pid)}]


def seen(one: Platform, other: Platform, shop: Shop, item: str) -> float:
    """Milliseconds until what a new visitor looked at comes up as recently viewed."""
    who = f"new-{time.time_ns()}"
    event = {"event_id": who, "kind": "view", "user_id": who, "item_id": item}
    event["occurred_at"] = shop_world.format_time(time.time())
    one.call("POST", "/events", {"events": [event]}, key=shop.key)
    body = {"user_id": who, "limit": 1, "when_short": "fewer"}
    path = "/placements/recently_viewed:recommend"
    return waited_ms(lambda: item in items_of(other.call("POST", path, body)))


def hidden(one: Platform, other: Platform, seed: str) -> float:
    """Milliseconds until an item that was recommended is in no answer; it comes back after that."""
    path = f"/items/{seed}/similar?limit=1"
    item = items_of(other.call("GET", path))[0]
    one.call("PATCH", f"/items/{item}", {"available": False})
    took_ms = waited_ms(lambda: item not in items_of(other.call("GET", path)))
    one.call("PATCH", f"/items/{item}", {"available": True})
    waited_ms(lambda: item in items_of(other.call("GET", path)))
    return took_ms


def ruled(one: Platform, other: Platform, item: str) -> float:
    """Milliseconds until a pin stands where it was pinned."""
    path = f"/items/{shop_world.item(0)}/similar?limit=1"
    pin = {"kind": "pin", "item_id": item, "position": 1, "placements": ["similar"]}
    one.call("PUT", "/rules/pinned", {**pin, "enabled": True})
    took_ms = waited_ms(lambda: items_of(other.call("GET", path)) == [item])
    one.call("DELETE", "/rules/pinned")
    waited_ms(lambda: items_of(other.call("GET", path)) != [item])
    return took_ms


def items_of(answer: bytes) -> list[str]:
    return [each["item_id"] for each in json.loads(answer)["items"]]


def waited_ms(is_there: Callable[[], bool]) -> float:
    began = time.perf_counter()
    while not is_there():
        if time.perf_counter() - began > GIVE_UP_S:
            raise TimeoutError(f"nothing changed within {GIVE_UP_S:g} s")
        time.sleep(ASKED_EVERY_S)
    return 1e3 * (time.perf_counter() - began)


def row(case: str, took_ms: list[float]) -> dict[str, Any]:
    ordered = sorted(took_ms)
    quantiles = {
        f"p{share:g}_ms": round(ordered[min(int(share / 100 * len(ordered)), len(ordered) - 1)], 1)
        for share in (50, 99)
    }
    return {"case": case, "times": len(ordered), **quantiles, "most_ms": round(ordered[-1], 1)}


def own_mb(pid: int) -> list[int]:
    """Of the processes that answer: the heaviest children."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    children = [child for one in lists for child in one.read_text(encoding="ascii").split()]
    return sorted(map(private_mb, children), reverse=True)[:2]


def private_mb(pid: str) -> int:
    """Memory that no other process shares."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private")) // 1024


if __name__ == "__main__":
    main()
