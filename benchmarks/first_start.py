"""
The first start on a machine: CPU until a tenant answers what is popular, and until it is whole.

    python benchmarks/first_start.py [--shop FOLDER] [--items 1000000] [--json]

The shop is that of `serving.py`. Each case is a process of its own with an empty cache: first as
the catalog lies in the store, then after it was packed, then with what that process left behind.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import shop_world

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.serving.live_tenant import LiveTenant
from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenants.identity import parse_tenant_id


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--shop", type=Path, help="a folder that keeps the trained shop")
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here:
        print(json.dumps(started()))
        return
    size = {"users": asked.users, "items": asked.items, "events": asked.events}
    with tempfile.TemporaryDirectory() as folder:
        shop = shop_world.shop(asked.shop or Path(folder), **size)
        rows = measured(shop.environment)
    if asked.as_json:
        print(json.dumps({"rows": rows}))
    else:
        for row in rows:
            print("  ".join(f"{name} {value}" for name, value in row.items()))


def measured(environment: dict[str, str]) -> list[dict[str, Any]]:
    rows = []
    for case in ("as it lay there", "packed"):
        if case == "packed":
            prune = [sys.executable, "-m", "recommender_cli", "store", "prune"]
            subprocess.run(prune, env=environment, check=True, stdout=subprocess.DEVNULL)
        with tempfile.TemporaryDirectory() as cache:
            cold = {**environment, "RECOMMENDER_CACHE_DIR": cache}
            rows.append({"catalog": case, "cache": "empty", **in_a_process(cold)})
            if case == "packed":
                rows.append({"catalog": case, "cache": "kept", **in_a_process(cold)})
    return rows


def in_a_process(environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, __file__, "--here"]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def started() -> dict[str, Any]:
    """In this process: what a server does when the tenant is asked for for the first time."""
    store = open_store(StoreSettings.from_environment(os.environ))
    space = store.tenant(parse_tenant_id(shop_world.TENANT))
    live = LiveTenant(space, store.cache, InMemoryHistory())
    began = time.process_time()
    live.stand_in()
    answers = time.process_time()
    live.refresh()
    return {
        "popular_cpu_s": round(answers - began, 2),
        "whole_cpu_s": round(time.process_time() - began, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    main()
