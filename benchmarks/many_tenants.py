"""
Many tenants in one process: how fast it answers them in turn, beside one of them alone, and what it
holds of them.

    python benchmarks/many_tenants.py [--tenants 1000] [--items 10000] [--seconds 10] [--json]
        [--folder FOLDER]

One shop is trained as in `serving.py`; the others have its catalog and its model, in files of their
own. Item-to-item, Zipf's items, 20 returned, key checked; the server on one core, `wrk` on the
other. Every tenant was asked once before it is measured. The same with room on the shelf for a part
of them, so that tenants leave and come back all the time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import shop_world
import wrk
from replicas import private_mb
from servers import redis_url
from serving import platform
from shop_world import ADMIN, TENANT, Shop

from recommender_store.author import Author
from recommender_store.catalog.log import ItemFields
from recommender_store.opening import Store, open_store
from recommender_store.settings import StoreSettings

PREPARED = 100_000
HERE = Author("benchmark", "here")
AT_ONCE = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--folder", type=Path, help="keeps the tenants")
    parser.add_argument("--tenants", type=int, default=1_000)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, redis_url() as redis:
        shop = shop_world.shop(
            asked.folder or Path(folder), users=20_000, items=asked.items, events=300_000
        )
        tenants = [TENANT, *others(shop, asked.tenants)]
        rows = measured(replace(shop, key=ADMIN), redis, tenants, asked.seconds)
    for row in [{"rows": rows}] if asked.as_json else rows:
        print(json.dumps(row))


def others(shop: Shop, count: int) -> list[str]:
    """More tenants like the shop; those that are there already stay."""
    store = open_store(StoreSettings.from_environment({**os.environ, **shop.environment}))
    like = store.tenant(TENANT)
    items = [ItemFields(one, item.fields) for one, item in like.catalog.state()]
    names = [f"{TENANT}-{number:04d}" for number in range(1, count)]
    known = {str(one) for one in store.tenant_ids()}
    for name in names:
        if name not in known:
            _make(store, name, items)
    return names


def _make(store: Store, name: str, items: list[ItemFields]) -> None:
    like = store.tenant(TENANT)
    manifest, folder = like.models.open(str(like.models.current().version), store.cache)
    space = store.create_tenant(name, name, author=HERE)
    for start in range(0, len(items), AT_ONCE):
        space.catalog.write(items[start : start + AT_ONCE])
    space.digests()  # by another key than the shop's: nobody asks for users here
    space.models.publish(folder, manifest)
    space.models.promote(manifest.version, author=HERE, despite="as the shop's")


def measured(shop: Shop, redis: str, tenants: list[str], seconds: float) -> list[dict[str, Any]]:
    with platform(shop, redis, workers=1, cores="0") as (running, pid):
        alone = asked_in_turn(running.port, shop, tenants[:1], seconds)
        every = asked_in_turn(running.port, shop, tenants, seconds)
        own = private_mb(str(pid))
    rows = [
        {"case": "one tenant", **alone},
        {
            "case": f"{len(tenants)} tenants in turn",
            **every,
            "ratio": round(every["requests_per_s"] / alone["requests_per_s"], 2),
            "own_mb": own,
        },
    ]
    held_bytes = 200 * 10**6
    environment = {**shop.environment, "RECOMMENDER_SHELF_BYTES": str(held_bytes)}
    with platform(replace(shop, environment=environment), redis, workers=1, cores="0") as (
        one,
        pid,
    ):
        some = asked_in_turn(one.port, shop, tenants, seconds)
        rows.append(
            {
                "case": f"{len(tenants)} tenants, room for {held_bytes // 10**6} MB",
                **some,
                "own_mb": private_mb(str(pid)),
            }
        )
    return rows


def asked_in_turn(port: int, shop: Shop, tenants: list[str], seconds: float) -> dict[str, Any]:
    once = [f"GET /v1/tenants/{tenant}/popular?limit=1" for tenant in tenants]
    wrk.flood(port, once, shop.key, seconds=max(5.0, len(tenants) / 20), cores="1")
    lines = [line for line, _ in zip(requests(shop, tenants), range(PREPARED), strict=False)]
    told = wrk.flood(port, lines, shop.key, seconds=seconds, cores="1")
    return {
        "requests_per_s": round(told["requests"] / told["elapsed_s"]),
        "p99_ms": told["p99_ms"],
        "errors": told["errors"],
    }


def requests(shop: Shop, tenants: list[str]) -> Iterator[str]:
    random_ = random.Random(5)
    while True:
        for tenant in tenants:
            one = shop_world.item(shop_world.zipf(random_, shop.items))
            yield f"GET /v1/tenants/{tenant}/items/{one}/similar?limit=20"


if __name__ == "__main__":
    main()
