"""
Every page of the console, on a platform with many tenants: what each costs the server.

    python benchmarks/console.py [--tenants 1000] [--times 5] [--store FOLDER] [--json]

The tenants of `tenants.py` are made in a folder, and one more with a catalog, a log and two models
(`--items`, `--events`). An admin signs in and follows the navigation: of the platform, then of that
tenant, which nobody asked for before, so that its first page is told while it is being loaded. What
a page costs is the processor's time that the server's process took for it (`first_cpu_ms`, then the
median of `--times` more), which other work on the machine changes little; `p50_ms` is what somebody
waited for. The server is left alone until it rests before each page. `--store` keeps what was made.
Prints a table, dearest first, or one line `{"rows": [{"page": …, "first_cpu_ms": …, "cpu_ms": …,
"p50_ms": …, "kb": …}]}`.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import shop_world
import tenants
from servers import free_port, started

VAST = "vast"
"""Its name stands behind the others': it is not among those that are loaded at the start."""
HOME, SIGN_IN = "/console/tenants", "/console/sign-in"
RESTS_S, RESTS_BELOW_S = 0.5, 0.01
"""A server that takes no more than this in so long has nothing to do but its rounds."""
BEGINS_S = 6.0
"""Until the first look at every tenant, which is none of a page's."""


class Visitor:
    """An admin's browser, without the pictures."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookie = ""

    def sign_in(self, secret: str) -> None:
        token = re.search(r'name="form_token" value="([^"]+)"', self.get(SIGN_IN))
        if token is None:
            raise SystemExit("the sign-in has no form")
        form = {"form_token": token[1], "secret": secret, "next": HOME}
        self._ask("POST", SIGN_IN, urlencode(form))

    def get(self, path: str) -> str:
        return self._ask("GET", path)

    def _ask(self, method: str, path: str, body: str | None = None) -> str:
        headers = {"cookie": self._cookie}
        if body is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        told = answer.read().decode()
        self._cookie = (answer.headers["set-cookie"] or self._cookie).split(";")[0]
        if answer.status >= 400 or (method == "GET" and answer.status != 200):
            raise SystemExit(f"{method} {path}: {answer.status} {told[:300]}")
        return told


def cpu_s(pid: int) -> float:
    """What all threads of a process took so far, those that have ended too."""
    return time.clock_gettime(~pid << 3 | 2)  # Linux's clock of another process


def rest(pid: int) -> None:
    while True:
        before_s = cpu_s(pid)
        time.sleep(RESTS_S)
        if cpu_s(pid) - before_s < RESTS_BELOW_S:
            return


def navigation(page: str) -> list[str]:
    """Where the page's navigation leads, in its order."""
    within = re.search(r'<nav class="sections".*?</nav>', page, re.DOTALL)
    return [] if within is None else re.findall(r'href="([^"]+)"', within[0])


def visited(visitor: Visitor, pid: int, path: str, times: int) -> dict[str, Any]:
    took: list[tuple[float, float]] = []
    size = 0
    for _ in range(times + 1):
        rest(pid)
        began_s, before_s = time.perf_counter(), cpu_s(pid)
        size = len(visitor.get(path))
        took.append((cpu_s(pid) - before_s, time.perf_counter() - began_s))
    (first_s, _), *others = took
    return {
        "page": path,
        "first_cpu_ms": round(1e3 * first_s, 1),
        "cpu_ms": round(1e3 * statistics.median(cpu for cpu, _ in others), 1),
        "p50_ms": round(1e3 * statistics.median(waited for _, waited in others), 1),
        "kb": round(size / 1e3, 1),
    }


def measured(environment: dict[str, str], times: int) -> list[dict[str, Any]]:
    port = free_port()
    command = ["-m", "recommender_cli", "serve", "--port", str(port)]
    command += ["--internal-port", str(free_port())]
    with started(command, environment, port, "0,1") as pid:
        time.sleep(BEGINS_S)
        visitor = Visitor(port)
        visitor.sign_in(tenants.ADMIN)
        of_all = navigation(visitor.get(HOME))
        of_all += [f"{HOME}?q=99", f"{HOME}?after={tenants.name(500)}"]
        rows = [visited(visitor, pid, path, times) for path in of_all]
        overview = f"{HOME}/{VAST}"
        rows.append(visited(visitor, pid, overview, times))
        others = navigation(visitor.get(overview))
        others += [f"{overview}/rule", f"{overview}/placement", *newest_run(visitor, overview)]
        return rows + [visited(visitor, pid, path, times) for path in others if path != overview]


def newest_run(visitor: Visitor, overview: str) -> list[str]:
    found = re.findall(rf'href="({overview}/runs/[^"?]+)"', visitor.get(f"{overview}/runs"))
    return [one for one in found if not one.endswith("/report")][:1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--users", type=int, default=5_000)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--times", type=int, default=5, help="each page, after the first time")
    parser.add_argument("--store", type=Path, help="a folder that keeps what was made")
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.store or Path(temporary)
        environment = tenants.made(folder, asked.tenants)
        size = {"users": asked.users, "items": asked.items, "events": asked.events}
        shop_world.shop(folder, **size, tenant=VAST)
        rows = measured(environment, asked.times)
    if asked.as_json:
        print(json.dumps({"rows": rows}))
        return
    for row in sorted(rows, key=lambda row: -max(row["first_cpu_ms"], row["cpu_ms"])):
        print("  ".join(f"{name} {value}" for name, value in row.items()))


if __name__ == "__main__":
    main()
