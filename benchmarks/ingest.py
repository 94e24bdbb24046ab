"""
What an event costs the server that takes it in, beside a server that only reads the same bytes.

The real server (`recommender serve`) runs on one core over a folder store on this disk, the sender
on another; every event is durable and in live history when it is acknowledged. The bare ASGI
application runs on the same uvicorn, in the same run. CPU is the server process's own, all its
threads, from `/proc`. The small batches are sent on a fixed schedule, whatever the answers do, and
their latency counts from the moment they were due.

Prints a table, or with ``--json`` one line ``{"rows": [{"case": …, "events_per_s": …,
"cpu_us_per_event": …, "above_bare_us": …, "p50_ms": …, "p95_ms": …, "p99_ms": …, "errors": …}]}``.

    python benchmarks/ingest.py [--seconds 10] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import uvloop
from servers import free_port, serve_bare, started
from traffic import Target, as_fast_as_answered, on_schedule

from loggers_sdk.events import format_time, new_event_id
from loggers_sdk.wire import compress, encode_event, join_batch

ROOT = Path(__file__).parents[1]
SENDER_CORE = 1
USERS, ITEMS = 100_000, 20_000
"""Some far more active, some far more wanted than others."""
EVENTS_PER_VISIT = 4
LARGE, SMALL = 500, 10
CONNECTIONS_LARGE, CONNECTIONS_SMALL = 16, 64
SMALL_PER_S = 1_000
BODIES = 200
"""Prepared bodies; each is sent again under new event ids."""
WARMING_S = 1.5


def event(random_: random.Random, user_id: str, session_id: str) -> dict[str, object]:
    """What a shop's logger sends: a third of it answers to a recommendation."""
    kind = random_.choices(["view", "click", "cart", "purchase"], [70, 20, 6, 4])[0]
    made: dict[str, object] = {
        "event_id": new_event_id(),
        "kind": kind,
        "user_id": user_id,
        "session_id": session_id,
        "item_id": f"sku-{int(random_.random() ** 3 * ITEMS):06d}",
        "occurred_at": format_time(time.time() - random_.random() * 60),
    }
    if kind == "purchase":
        made |= {"quantity": random_.randint(1, 3), "value": round(random_.random() * 90, 2)}
    if random_.random() < 0.33:
        made |= {
            "recommendation_id": f"rec_{random_.getrandbits(64):016x}",
            "placement": "similar",
            "position": random_.randint(1, 10),
        }
    return made


def bodies(count: int, events: int) -> list[bytes]:
    """Request bodies; ids of events and sessions begin with eight characters of their batch."""
    random_ = random.Random(7)
    made = []
    for number in range(count):
        own = f"{number:08x}"
        visits = [
            (f"user-{int(random_.random() ** 2 * USERS):06d}", f"{own}-{visit:04d}")
            for visit in range(max(1, events // EVENTS_PER_VISIT))
        ]
        raws = [event(random_, *random_.choice(visits)) for _ in range(events)]
        lines = [encode_event(raw | {"event_id": own + str(raw["event_id"])[8:]}) for raw in raws]
        made.append(join_batch(lines))
    return made


class Renewed:
    """Bodies without end: the prepared ones, with events, sessions and days never seen before."""

    def __init__(self, prepared: list[bytes]) -> None:
        self._prepared = prepared
        self._sent = 0
        self._today = datetime.now(UTC).date()

    def __call__(self) -> bytes:
        number = self._sent
        self._sent += 1
        place = number % len(self._prepared)
        old, new = f'_id":"{place:08x}', f'_id":"{number + (1 << 28):08x}'
        day = self._today - timedelta(days=number // len(self._prepared))
        renewed = self._prepared[place].replace(old.encode(), new.encode())
        return renewed.replace(f"{self._today}T".encode(), f"{day}T".encode())


flood = partial(as_fast_as_answered, connections=CONNECTIONS_LARGE)
drip = partial(on_schedule, connections=CONNECTIONS_SMALL)


async def run(bare: Target, real: Target, seconds: float) -> list[dict[str, object]]:
    large, small = Renewed(bodies(BODIES, LARGE)), Renewed(bodies(BODIES, SMALL))
    gzipped = [compress(large()) for _ in range(BODIES * 2)]
    for target in (bare, real):
        await flood(target, large, WARMING_S)
    read = await flood(bare, large, seconds)
    taken = await flood(real, large, seconds)
    packs, packs_again = iter(gzipped), iter(gzipped)
    read_packed = await flood(bare.packed(), lambda: next(packs, None), seconds)
    taken_packed = await flood(real.packed(), lambda: next(packs_again, None), seconds)
    steady_bare = await drip(bare, small, SMALL_PER_S, seconds)
    steady = await drip(real, small, SMALL_PER_S, seconds)
    return [
        read.row(f"bare, batches of {LARGE}", LARGE),
        taken.row(f"ingest, batches of {LARGE}", LARGE, read),
        read_packed.row(f"bare, batches of {LARGE}, gzip", LARGE),
        taken_packed.row(f"ingest, batches of {LARGE}, gzip", LARGE, read_packed),
        steady_bare.row(f"bare, batches of {SMALL}, {SMALL_PER_S}/s", SMALL),
        steady.row(f"ingest, batches of {SMALL}, {SMALL_PER_S}/s", SMALL, steady_bare),
    ]


async def only_read(scope: Any, receive: Any, send: Any) -> None:
    """The bare application: reads the whole body, keeps nothing."""
    more = scope["type"] == "http"
    while more:
        more = (await receive()).get("more_body", False)
    headers = [(b"content-length", b"2"), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


def head_of(path: str, key: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "host: 127.0.0.1",
        f"authorization: Bearer {key}",
        "content-type: application/json",
        "content-length: %d",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def onboard(environment: dict[str, str]) -> str:
    """A tenant of our own, and a key that may send events."""

    def recommender(*arguments: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "recommender_cli", *arguments, "--json"]
        done = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    recommender("tenants", "create", "shop")
    recommender("tenants", "apply", "benchmarks/unlimited.yaml")
    made = recommender("keys", "create", "--tenant", "shop", "--scope", "ingest")
    return str(made["secret"])


def measure(folder: Path, seconds: float) -> list[dict[str, object]]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RECOMMENDER_STORE_URL": f"file://{folder / 'store'}",
        "RECOMMENDER_CACHE_DIR": str(folder / "cache"),
    }
    key = onboard(environment)
    bare_port, port, internal_port = free_port(), free_port(), free_port()
    bare = started([__file__, "--bare", str(bare_port)], environment, bare_port)
    ports = ["--port", str(port), "--internal-port", str(internal_port)]
    real = started(["-m", "recommender_cli", "serve", *ports], environment, port)
    with bare as bare_pid, real as pid:
        with urlopen(f"http://127.0.0.1:{internal_port}/livez") as answer:
            assert answer.status == 200
        os.sched_setaffinity(0, {SENDER_CORE})
        head = head_of("/v1/tenants/shop/events", key)
        targets = Target(bare_port, bare_pid, head), Target(port, pid, head)
        return uvloop.run(run(*targets, seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10, help="for each case")
    parser.add_argument("--folder", type=Path, help="where the store lies for the run")
    parser.add_argument("--json", action="store_true", help="print one line for machines")
    parser.add_argument("--bare", type=int, metavar="PORT", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        serve_bare(only_read, options.bare)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        rows = measure(Path(folder), options.seconds)
    if options.json:
        print(json.dumps({"rows": rows}))
        return
    columns = list(rows[0])
    print(f"{columns[0]:<36}" + "".join(f"{column:>18}" for column in columns[1:]))
    for row in rows:
        print(f"{row['case']!s:<36}" + "".join(f"{row[column]!s:>18}" for column in columns[1:]))


if __name__ == "__main__":
    main()
