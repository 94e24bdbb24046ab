"""
What an answer costs, beside a bare ASGI application that sends the same bytes.

The real server (`recommender serve`), with access keys checked, three rules active and what users
saw excluded, runs on one core, `wrk` on the other; the echo runs on the same uvicorn in the same
run. 100,000 items, 200,000 users, Zipf's law on both, 20 items an answer. Live history is in a real
Redis. The mix runs on both cores, server and sender together. `wrk` sends the next request when the
last was answered, so a slow server is asked less: the rows that say `a second` are sent on a fixed
schedule instead, their latency counted from when they were due, and tell how busy the sender was.

    python benchmarks/serving.py [--seconds 10] [--shop FOLDER] [--only CASE] [--json]

`--shop` keeps the trained shop for the next run. Prints a table, or one line `{"rows": [{"case": …,
"requests_per_s": …, "ratio_to_echo": …, "p50_ms": …, "p95_ms": …, "p99_ms": …, "errors": …}]}`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import shop_world
import uvloop
import wrk
from servers import free_port, redis_url, serve_bare, started
from shop_requests import (
    FRESH_USERS,
    LIMIT,
    ON_ONE_CORE,
    PREPARED,
    Requests,
    mix,
    prepared,
    similar,
    stored,
)
from shop_world import ADMIN, RULES, Shop
from traffic import Target, on_schedule

SWAP_S = 5.0
WARM_UP_S = 10.0
CATCH_UP_LIMIT_S = 300.0


class Platform:
    """A running server, asked as an admin and by its tenant."""

    def __init__(self, shop: Shop, port: int, internal_port: int) -> None:
        self._shop = shop
        self.port = port
        self.internal_port = internal_port

    def call(self, method: str, path: str, body: Any = None, key: str = ADMIN) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        url = f"http://127.0.0.1:{self.port}{self._shop.base}{path}"
        with urlopen(Request(url, data, headers, method=method), timeout=60) as answer:
            answered: bytes = answer.read()
            return answered

    def prepare(self) -> None:
        """The rules, and something newer than the models of some users and visitors."""
        for rule_id, rule in RULES.items():
            self.call("PUT", f"/rules/{rule_id}", {**rule, "enabled": True})
        random_ = random.Random(5)
        for start in range(0, FRESH_USERS, 100):
            batch = [
                shop_world.event(random_, self._shop, who=who, event_id=f"{who!s}-{number}")
                for at in range(start, start + 100)
                for who in ({"user_id": shop_world.user(at)}, {"session_id": f"visit-{at:07d}"})
                for number in range(3)
            ]
            self.call("POST", "/events", {"events": batch}, key=self._shop.key)
        self.settle()

    def settle(self) -> None:
        """Return when the tenant is loaded, and live history has caught up with the log."""
        give_up = time.monotonic() + CATCH_UP_LIMIT_S
        while self._is_behind():
            if time.monotonic() > give_up:
                raise SystemExit(f"history was not there after {CATCH_UP_LIMIT_S:g} s")
            time.sleep(1)
        time.sleep(3)

    def _is_behind(self) -> bool:
        path = f"/users/{shop_world.user(0)}/recommendations?limit=1"
        try:
            return bool(json.loads(self.call("GET", path))["degraded"])
        except HTTPError as error:
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            return True

    def promote(self, version: str) -> None:
        because = {"force": True, "reason": "swapped by a benchmark"}
        self.call("POST", f"/models/{version}:promote", because)

    def echoed(self) -> bytes:
        return self.call("GET", f"/items/{shop_world.item(0)}/similar?limit={LIMIT}")


@contextmanager
def platform(shop: Shop, redis: str, *, workers: int, cores: str) -> Iterator[tuple[Platform, int]]:
    port, internal_port = free_port(), free_port()
    command = ["-m", "recommender_cli", "serve", "--port", str(port)]
    command += ["--internal-port", str(internal_port), "--workers", str(workers)]
    environment = {**shop.environment, "RECOMMENDER_REDIS_URL": redis}
    with started(command, environment, port, cores) as pid:
        running = Platform(shop, port, internal_port)
        running.settle()
        yield running, pid


@contextmanager
def swapping(running: Platform, versions: list[str]) -> Iterator[None]:
    """The model changes every few seconds."""
    ended = threading.Event()

    def swap() -> None:
        number = 0
        while not ended.wait(SWAP_S):
            number += 1
            running.promote(versions[number % len(versions)])

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        running.promote(versions[0])


def row(case: str, told: dict[str, Any], echo_per_s: float | None = None) -> dict[str, Any]:
    per_s = told["requests"] / told["elapsed_s"]
    kept = {name: told[name] for name in ("p50_ms", "p95_ms", "p99_ms", "mean_ms", "errors")}
    ratio = round(per_s / echo_per_s, 3) if echo_per_s else None
    return {"case": case, "requests_per_s": round(per_s), "ratio_to_echo": ratio, **kept}


def measure(shop: Shop, redis: str, seconds: float, only: str | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    with platform(shop, redis, workers=1, cores="0") as (running, pid):
        running.prepare()
        echo_per_s = _echo(shop, running.echoed(), seconds, rows)
        for case, requests in ON_ONE_CORE.items():
            if only in (None, case):
                lines = prepared(requests, shop)
                _warm(running, lines, shop)
                told = wrk.flood(running.port, lines, shop.key, seconds=seconds, cores="1")
                rows.append(row(case, told, echo_per_s))
        if only in (None, "open"):
            rows += _on_schedule(running, pid, shop, seconds)
    if only in (None, "mix"):
        with platform(shop, redis, workers=2, cores="0,1") as (running, _):
            rows += _mixed(running, shop, seconds, echo_per_s)
    return rows


def _echo(shop: Shop, body: bytes, seconds: float, rows: list[dict[str, Any]]) -> float:
    port = free_port()
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(body)
        command = [__file__, "--echo", str(port), file.name]
        with started(command, shop.environment, port):
            told = wrk.flood(port, prepared(similar, shop), shop.key, seconds=seconds, cores="1")
    per_s: float = told["requests"] / told["elapsed_s"]
    rows.append(row(f"bare ASGI echo, {len(body)} bytes", told, per_s))
    return per_s


def _warm(running: Platform, lines: list[str], shop: Shop) -> None:
    """What a server that has run for a while remembers; other requests than those measured."""
    wrk.flood(running.port, lines, shop.key, seconds=WARM_UP_S, cores="1", seed=2)


def _mixed(
    running: Platform, shop: Shop, seconds: float, echo_per_s: float
) -> list[dict[str, Any]]:
    """Both cores for server and sender together, at first steady and then during swaps."""
    lines = prepared(mix, shop)
    _warm(running, lines, shop)

    def sent() -> dict[str, Any]:
        options: dict[str, Any] = {"seconds": 6 * seconds, "cores": "0,1"}
        return wrk.flood(running.port, lines, shop.key, **options)

    steady = row("mix, both cores shared with the sender", sent(), echo_per_s)
    with swapping(running, shop.versions):
        swapped = row(f"the same, the model swapped every {SWAP_S:g} s", sent(), echo_per_s)
    return [steady, swapped]


def _on_schedule(running: Platform, pid: int, shop: Shop, seconds: float) -> list[dict[str, Any]]:
    """Latency at a rate that is given."""
    rows = []
    os.sched_setaffinity(0, {1})
    for case, requests, per_s in (
        ("item-to-item", similar, 2_000),
        ("item-to-item", similar, 5_000),
        ("user-to-item", stored, 2_000),
    ):
        heads = iter(_heads(requests, shop) * (1 + int(per_s * seconds) // PREPARED))
        target = Target(running.port, pid, b"")
        cpu, began = time.process_time(), time.perf_counter()
        outcome = uvloop.run(_scheduled(target, heads, per_s, seconds))
        busy = (time.process_time() - cpu) / (time.perf_counter() - began)
        told = {
            "requests": outcome.requests,
            "elapsed_s": outcome.elapsed_s,
            "errors": outcome.errors,
            "mean_ms": round(1e3 * sum(outcome.latencies_s) / len(outcome.latencies_s), 2),
            "p50_ms": outcome.quantile_ms(0.5),
            "p95_ms": outcome.quantile_ms(0.95),
            "p99_ms": outcome.quantile_ms(0.99),
        }
        rows.append(row(f"{case}, {per_s:,} a second (sender {busy:.0%} busy)", told))
    return rows


def _scheduled(target: Target, heads: Iterator[bytes], per_s: int, seconds: float) -> Any:
    return on_schedule(target, lambda: next(heads, None), per_s, seconds, 64)


def _heads(requests: Requests, shop: Shop) -> list[bytes]:
    """Whole GETs, as the sender writes them."""
    lines = (line.split(" ")[1] for line in prepared(requests, shop))
    tail = f"host: 127.0.0.1\r\nauthorization: Bearer {shop.key}\r\n\r\n"
    return [f"GET {path} HTTP/1.1\r\n{tail}".encode() for path in lines]


def echo(body: bytes) -> Any:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]

    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return application


def show(rows: list[dict[str, Any]]) -> None:
    columns = list(rows[0])
    print(f"{columns[0]:<62}" + "".join(f"{column:>16}" for column in columns[1:]))
    for one in rows:
        told = (one[column] if one[column] is not None else "" for column in columns[1:])
        print(f"{one['case']:<62}" + "".join(f"{each!s:>16}" for each in told))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10, help="for each case")
    parser.add_argument("--shop", type=Path, help="a folder that keeps the trained shop")
    parser.add_argument("--only", help="one case; `mix` and `open` are cases too")
    parser.add_argument("--users", type=int, default=200_000)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=3_000_000)
    parser.add_argument("--json", action="store_true", help="print one line for machines")
    parser.add_argument("--echo", nargs=2, metavar=("PORT", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.echo:
        serve_bare(echo(Path(options.echo[1]).read_bytes()), int(options.echo[0]))
        return
    if not wrk.is_here():
        print("skipped: wrk is not installed (Debian: apt-get install wrk)", file=sys.stderr)
        return
    with ExitStack() as stack:
        folder = options.shop or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        size = {"users": options.users, "items": options.items, "events": options.events}
        shop = shop_world.shop(folder, **size)
        redis = stack.enter_context(redis_url())
        rows = measure(shop, redis, options.seconds, options.only)
    if options.json:
        print(json.dumps({"rows": rows}))
    else:
        show(rows)


if __name__ == "__main__":
    main()
