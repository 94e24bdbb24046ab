"""
What quotas and the counting of usage cost a request, in this process: no server, no network.

Of each case the best of several rounds, in nanoseconds of processor time: what the door asks of a
tenant (look-up, bucket, count), the bucket alone, and the bot guard for one event of a batch of
500.

    python benchmarks/quotas.py [--rounds 15] [--json]

prints a table, or one line ``{"rows": [{"case": …, "cpu_ns": …}]}``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
import timeit
from collections.abc import Callable

from recommender_api.access.quotas.allowances import Allowances
from recommender_api.access.quotas.busy_users import BusyUsers
from recommender_api.ingest.arrival import Arrival
from recommender_api.ingest.guarded import guarded
from recommender_api.ingest.recent_ids import RecentIds
from recommender_api.serving.dues import Dues
from recommender_api.telemetry.metrics import Metrics
from recommender_api.usage.meters import Meters
from recommender_store.author import Author
from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenants.identity import TenantId, parse_tenant_id
from recommender_store.tenants.quotas import Quotas

TIMES = 50_000
BATCH, USERS = 500, 150
SHOP = parse_tenant_id("shop")


async def learned() -> tuple[Dues, Allowances]:
    """A door's dues, the tenant's quotas known: generous, so that nothing is refused."""
    store = open_store(StoreSettings(url="memory://", secret_key="benchmark"), create=True)
    store.create_tenant(SHOP, "Shop", author=Author("benchmark", "here"))
    meters = Meters("worker", store.space)
    allowances = Allowances("worker", store.space, meters, None)
    await allowances.learned(SHOP)
    allowances.of(SHOP).change(Quotas(requests_per_s=1e12))
    return Dues(allowances, meters, Metrics(), 2**30), allowances


async def asked_ns(dues: Dues, rounds: int, tenant_id: TenantId = SHOP) -> float:
    """What the door does for one request, as it does it."""
    best_s = float("inf")
    for _ in range(rounds):
        began_s = time.process_time()
        for _ in range(TIMES):
            await dues.ask(tenant_id)
        best_s = min(best_s, time.process_time() - began_s)
    return best_s / TIMES * 1e9


def best_ns(doing: Callable[[], object], rounds: int, *, times: int = TIMES) -> float:
    took_s = timeit.repeat(doing, number=times, repeat=rounds, timer=time.process_time)
    return min(took_s) / times * 1e9


def batch() -> list[Arrival]:
    return [
        Arrival(
            event_id=f"e{number}",
            kind="view",
            item_id="i",
            user_id=f"user-{number % USERS}",
            occurred_at="2026-11-20T10:00:30Z",
        )
        for number in range(BATCH)
    ]


def guard_ns(rounds: int) -> float:
    guard, events = BusyUsers(10**9), batch()
    fresh = RecentIds().strangers(events)

    def take() -> None:
        with guarded(guard, fresh, events, []).taking():
            pass

    return best_ns(take, rounds, times=100) / BATCH


async def measured(rounds: int) -> dict[str, float]:
    dues, allowances = await learned()
    allowance = allowances.of(SHOP)
    return {
        "the door, a request": await asked_ns(dues, rounds),
        "of it the bucket": best_ns(allowance.ask, rounds),
        "bot guard, an event": guard_ns(rounds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(measured(options.rounds))
    if options.json:
        rows = [{"case": case, "cpu_ns": round(ns)} for case, ns in found.items()]
        print(json.dumps({"rows": rows}))
        return
    for case, ns in found.items():
        print(f"{case:30} {ns:8.0f} ns")


if __name__ == "__main__":
    main()
