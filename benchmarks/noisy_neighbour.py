"""
What one tenant notices of another that asks for ten times what it may.

Two tenants with a catalog and models each are served by one real server (`recommender serve`, Redis
beside it). The calm one is asked on a fixed schedule: alone first, then while the loud one sends
ten times its requests, ten times its events, and both at once, without ever waiting as it is told.
Each has a sender of its own, in a process of its own, whose CPU share is told; latencies count from
when a request was due.

    python benchmarks/noisy_neighbour.py [--seconds 60] [--shop FOLDER] [--workers 1] [--json]

With one worker the server has one core and the senders the other; with more all share both.
`--shop` keeps the trained shops for the next run. Prints a table, or one line `{"rows": [{"phase":
…, "calm_errors": …, "calm_p50_ms": …, "calm_p99_ms": …, "p50_ratio": …, "p99_ratio": …,
"loud_requests_share": …, "loud_events_share": …}]}`: what was let in, in parts of its quotas.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import shop_requests
import shop_world
import uvloop
from servers import redis_url
from serving import Platform, platform
from shop_world import Shop
from traffic import Outcome, Target, on_schedule

CALM, LOUD = "calm", "loud"
CALM_REQUESTS_PER_S, CALM_BATCHES_PER_S, CALM_BATCH = 100, 4, 25
REQUESTS_PER_S, EVENTS_PER_S = 100, 1000
"""Quotas of the loud one."""
TIMES = 10
LOUD_BATCH = 250
CONNECTIONS = 16
WARM_UP_S = 5.0
"""Of each phase, not counted: what a quota keeps for a burst is used up in it."""


@dataclass(frozen=True)
class Sending:
    """What one sender is to send, each a second."""

    port: int
    pid: int
    shop: Shop
    requests_per_s: int
    batches_per_s: int
    batch: int
    seconds: float


@dataclass(frozen=True)
class Sent:
    """What became of it."""

    requests: Outcome
    batches: Outcome
    cpu_share: float

    @property
    def both(self) -> Outcome:
        told = self.requests.latencies_s + self.batches.latencies_s
        return Outcome(errors=self.requests.errors + self.batches.errors, latencies_s=told)


def send(sending: Sending) -> Sent:
    """Runs in a process of its own."""
    began_s, cpu_s = time.perf_counter(), time.process_time()
    requests, batches = uvloop.run(_send(sending))
    busy = (time.process_time() - cpu_s) / (time.perf_counter() - began_s)
    return Sent(requests, batches, busy)


async def _send(sending: Sending) -> tuple[Outcome, Outcome]:
    target = Target(sending.port, sending.pid, b"")
    heads, batches = _questions(sending), _batches(sending)
    requests, events = await asyncio.gather(
        _scheduled(target, lambda: next(heads), sending.requests_per_s, sending.seconds),
        _scheduled(target, lambda: next(batches), sending.batches_per_s, sending.seconds),
    )
    return requests, events


async def _scheduled(
    target: Target, following: Callable[[], bytes], per_s: int, seconds: float
) -> Outcome:
    if not per_s:
        return Outcome()
    return await on_schedule(target, following, per_s, seconds, CONNECTIONS, warm_up_s=WARM_UP_S)


def _questions(sending: Sending) -> Iterator[bytes]:
    """Half about items, half about users, whole as they are sent."""
    shop, random_ = sending.shop, random.Random(1)
    asked = zip(
        shop_requests.similar(shop, random_), shop_requests.stored(shop, random_), strict=True
    )
    made = [line for pair in itertools.islice(asked, 5_000) for line in pair]
    for line in itertools.cycle(made):
        method, path = line.split(" ")
        yield f"{method} {path} HTTP/1.1\r\n{_headers(shop)}\r\n".encode()


def _batches(sending: Sending) -> Iterator[bytes]:
    """Batches of events never sent before."""
    shop, random_ = sending.shop, random.Random(1)
    events = [
        shop_world.event(
            random_,
            shop,
            who={"user_id": shop_world.user(shop_world.zipf(random_, shop.users))},
            event_id=f"{shop.tenant}-{time.time_ns()}-%012d",
        )
        for _ in range(sending.batch)
    ]
    body = json.dumps({"events": events}).encode()
    size_bytes = len(body % tuple(range(sending.batch)))
    headers = f"{_headers(shop)}content-type: application/json\r\ncontent-length: {size_bytes}"
    whole = f"POST {shop.base}/events HTTP/1.1\r\n{headers}\r\n\r\n".encode() + body
    for first in itertools.count(0, sending.batch):
        yield whole % tuple(range(first, first + sending.batch))


def _headers(shop: Shop) -> str:
    return f"host: 127.0.0.1\r\nauthorization: Bearer {shop.key}\r\n"


PHASES = {
    "quiet": (0, 0),
    "ten times its requests": (TIMES * REQUESTS_PER_S, 0),
    "ten times its events": (0, TIMES * EVENTS_PER_S // LOUD_BATCH),
    "both at once": (TIMES * REQUESTS_PER_S, TIMES * EVENTS_PER_S // LOUD_BATCH),
}
"""What the loud one sends: requests and batches, a second."""


def measured(
    shops: tuple[Shop, Shop], redis: str, seconds: float, workers: int
) -> list[dict[str, Any]]:
    calm, loud = shops
    cores = {0} if workers == 1 else {0, 1}
    serving_cores = ",".join(map(str, cores))
    with (
        platform(calm, redis, workers=workers, cores=serving_cores) as (running, pid),
        _senders({1} if workers == 1 else cores) as senders,
    ):
        neighbour = Platform(loud, running.port, running.internal_port)
        quotas = {"requests_per_s": REQUESTS_PER_S, "events_per_s": EVENTS_PER_S}
        neighbour.call("PUT", "/quotas", quotas)
        neighbour.settle()
        calmly = Sending(
            running.port, pid, calm, CALM_REQUESTS_PER_S, CALM_BATCHES_PER_S, CALM_BATCH, seconds
        )
        senders.submit(send, calmly).result()  # until all is remembered that will be
        rows: list[dict[str, Any]] = []
        for phase, (requests, batches) in PHASES.items():
            loudly = replace(
                calmly, shop=loud, requests_per_s=requests, batches_per_s=batches, batch=LOUD_BATCH
            )
            asked = senders.submit(send, calmly), senders.submit(send, loudly)
            rows.append(row(phase, *(one.result() for one in asked), rows[:1]))
        return rows


def _senders(cores: set[int]) -> ProcessPoolExecutor:
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(2, spawn, os.sched_setaffinity, (0, cores))


def row(phase: str, calm: Sent, loud: Sent, quiet: list[dict[str, Any]]) -> dict[str, Any]:
    """Ratios are to the first row."""
    both = calm.both
    elapsed_s = max(loud.requests.elapsed_s, loud.batches.elapsed_s)
    seconds = max(elapsed_s - WARM_UP_S, 1.0)
    told = {
        "phase": phase,
        "calm_errors": both.errors,
        "calm_p50_ms": both.quantile_ms(0.5),
        "calm_p99_ms": both.quantile_ms(0.99),
    }
    for ratio, figure in (("p50_ratio", "calm_p50_ms"), ("p99_ratio", "calm_p99_ms")):
        told[ratio] = round(told[figure] / quiet[0][figure], 2) if quiet else 1.0
    requests, batches = loud.requests.statuses, loud.batches.statuses
    let_in = (requests[200] + batches[202]) / seconds
    events = batches[202] * LOUD_BATCH / seconds
    return {
        **told,
        "loud_requests_share": round(let_in / REQUESTS_PER_S, 2),
        "loud_events_share": round(events / EVENTS_PER_S, 2),
        "loud_other_than_429": loud.both.errors - requests[429] - batches[429],
        "server_busy": round(calm.requests.cpu_s / calm.requests.elapsed_s, 2),
        "senders_busy": [round(calm.cpu_share, 2), round(loud.cpu_share, 2)],
    }


def show(rows: list[dict[str, Any]]) -> None:
    for one in rows:
        print("  ".join(f"{name} {value}" for name, value in one.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="for each phase")
    parser.add_argument("--shop", type=Path, help="a folder that keeps the trained shops")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, redis_url() as redis:
        folder = asked.shop or Path(made)
        size = {"users": 10_000, "items": 5_000, "events": 200_000}
        calm, loud = (shop_world.shop(folder, **size, tenant=each) for each in (CALM, LOUD))
        rows = measured((calm, loud), redis, asked.seconds, asked.workers)
    if asked.as_json:
        print(json.dumps({"rows": rows}))
    else:
        show(rows)


if __name__ == "__main__":
    main()
