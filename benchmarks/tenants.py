"""
A platform with many tenants: how long it takes to list them, to start, and to hear of a change.

    python benchmarks/tenants.py [--tenants 1000] [--times 20] [--store FOLDER] [--json]

The tenants are made in a folder, a key each and no log. Then: `recommender tenants list`; `serve`
from its start until it is ready, and the first page and all pages of `GET /v1/tenants`; and, on two
replicas that have answered every tenant once, the time from the answer of a `PUT` of one tenant's
quotas at one replica until the other tells them, and of its rules until the other follows them,
with Redis and without. `--store` keeps the tenants for the next run. Prints a table, or one line
`{"rows": [{"case": …, "times": …, "p50_ms": …, "p99_ms": …, "most_ms": …}]}`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from replicas import row, waited_ms
from servers import ROOT, free_port, redis_url, started

from recommender_store.author import Author
from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings

ADMIN = "benchmark-admin"
AUTHOR = Author("benchmark", "here")
PAGE = 500


def name(number: int) -> str:
    return f"tenant-{number:05d}"


def made(folder: Path, count: int) -> dict[str, str]:
    """The environment of a store with so many tenants, made where they are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    url = f"file://{folder / 'store'}"
    store = open_store(StoreSettings(url=url), create=True)
    known = set(store.tenant_ids())
    for number in range(count):
        if name(number) not in known:
            space = store.create_tenant(name(number), f"Tenant {number}", author=AUTHOR)
            space.keys.create("web", ("ingest", "serve"), author=AUTHOR)
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RECOMMENDER_STORE_URL": url,
        "RECOMMENDER_CACHE_DIR": str(folder / "cache"),
        "RECOMMENDER_ADMIN_TOKEN": f"benchmark={ADMIN}",
    }


class Replica:
    """A running server, asked as an admin over one connection that is kept."""

    def __init__(self, port: int, internal_port: int) -> None:
        self._public = HTTPConnection("127.0.0.1", port, timeout=60)
        self._internal = HTTPConnection("127.0.0.1", internal_port, timeout=60)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"authorization": f"Bearer {ADMIN}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body)
        self._public.request(method, f"/v1/tenants{path}", data, headers)
        answer = self._public.getresponse()
        told = answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {told.decode()[:300]}")
        return json.loads(told) if told else None

    def is_ready(self) -> bool:
        try:
            self._internal.request("GET", "/readyz")
            answer = self._internal.getresponse()
            answer.read()
        except OSError:
            self._internal.close()
            return False
        return answer.status == 200

    def tenants(self) -> int:
        """How many there are, by all pages."""
        found, cursor = 0, ""
        while cursor is not None:
            page = self.call("GET", f"?limit={PAGE}" + (f"&cursor={cursor}" if cursor else ""))
            found, cursor = found + len(page["tenants"]), page["cursor"]
        return found


@contextmanager
def replica(environment: dict[str, str], redis: str | None, cores: str) -> Iterator[Replica]:
    port, internal_port = free_port(), free_port()
    command = ["-m", "recommender_cli", "serve", "--port", str(port)]
    command += ["--internal-port", str(internal_port)]
    with_redis = {} if redis is None else {"RECOMMENDER_REDIS_URL": redis}
    with started(command, {**environment, **with_redis}, port, cores):
        running = Replica(port, internal_port)
        waited_ms(running.is_ready)
        yield running


def listed_ms(environment: dict[str, str]) -> float:
    command = [sys.executable, "-m", "recommender_cli", "tenants", "list", "--json"]
    return took_ms(
        lambda: subprocess.run(
            command, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
    )


def started_ms(environment: dict[str, str]) -> float:
    began_s = time.perf_counter()
    with replica(environment, None, "0,1"):
        return (time.perf_counter() - began_s) * 1e3


def took_ms(doing: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    doing()
    return (time.perf_counter() - began_s) * 1e3


def propagated(
    environment: dict[str, str], redis: str | None, tenants: int, times: int
) -> list[dict[str, Any]]:
    with (
        replica(environment, redis, "0") as one,
        replica(environment, redis, "1") as other,
    ):
        for number in range(tenants):
            for each in (one, other):
                each.call("GET", f"/{name(number)}/popular?limit=1")
        picked = [name(at * tenants // times) for at in range(times)]
        kind = "without Redis" if redis is None else "with Redis"
        return [
            row(f"quotas put → told by the other, {kind}", [told(one, other, it) for it in picked]),
            row(f"placement put → followed, {kind}", [ruled(one, other, it) for it in picked]),
        ]


def told(one: Replica, other: Replica, tenant: str) -> float:
    items = time.time_ns() % 1_000_000_007
    one.call("PUT", f"/{tenant}/quotas", {"items": items})
    return waited_ms(lambda: other.call("GET", f"/{tenant}/usage")["quotas"]["items"] == items)


def ruled(one: Replica, other: Replica, tenant: str) -> float:
    """Until a placement that was just made answers."""
    placement = f"p{time.time_ns()}"
    one.call("PUT", f"/{tenant}/placements/{placement}", {"sources": ["popular"]})

    def answers() -> bool:
        try:
            other.call("POST", f"/{tenant}/placements/{placement}:recommend", {})
        except SystemExit:
            return False
        return True

    took = waited_ms(answers)
    one.call("DELETE", f"/{tenant}/placements/{placement}")
    return took


def measured(environment: dict[str, str], tenants: int, times: int) -> list[dict[str, Any]]:
    few = max(3, times // 4)
    rows = [
        row("recommender tenants list", [listed_ms(environment) for _ in range(few)]),
        row("serve, started → ready", [started_ms(environment) for _ in range(few)]),
    ]
    with replica(environment, None, "0,1") as running:
        first = f"?limit={PAGE}"
        rows += [
            row("GET /v1/tenants, a page", [
                took_ms(lambda: running.call("GET", first)) for _ in range(times)
            ]),
            row("GET /v1/tenants, all pages", [took_ms(running.tenants) for _ in range(times)]),
        ]  # fmt: skip
    for place in (nullcontext(None), redis_url()):
        with place as redis:
            rows += propagated(environment, redis, tenants, times)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--store", type=Path, help="a folder that keeps the tenants")
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        environment = made(asked.store or Path(temporary), asked.tenants)
        rows = measured(environment, asked.tenants, asked.times)
    if asked.as_json:
        print(json.dumps({"rows": rows}))
    else:
        for one in rows:
            print("  ".join(f"{name} {value}" for name, value in one.items()))


if __name__ == "__main__":
    main()
