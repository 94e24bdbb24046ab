"""
Trained tenants, made once a process: a folder to serve from, or to copy.

`shop` and `twin` have the same item and user ids and different tastes; `shop` has two versions of
its model, the second live. `empty` has nothing at all.
"""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from recommender_store.catalog.log import ItemFields
from recommender_store.tenant_space import TenantSpace
from tests.recommender_api.served import AUTHOR, store_in
from tests.worlds.interaction import Interaction
from tests.worlds.long_tail import LongTail, long_tail
from trainers.jobs.options import TrainOptions
from trainers.jobs.train import train

TASTES = {"shop": 8, "twin": 5}
UNAVAILABLE, DELETED, OVER, NOT_YET = (f"item-{n:06d}" for n in (3, 5, 7, 9))
NEVER_SHOWN = {UNAVAILABLE, DELETED, OVER, NOT_YET}
GROUPED = {"item-000000", "item-000008", "item-000016"}
"""All of taste 0, and of one group."""
NEW = "brand-new"
"""In the catalog, and in no model."""


def world_of(tenant: str) -> LongTail:
    return long_tail(users=200, events=6_000, tastes=TASTES[tenant])


def event(number: int, done: Interaction) -> dict[str, Any]:
    return {
        "event_id": f"event-{number}",
        "kind": done.kind,
        "user_id": done.user_id,
        "item_id": done.item_id,
        "occurred_at": done.occurred_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


def attributes(number: int, tenant: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "title": f"{tenant} item {number}",
        "taste": f"taste-{number % TASTES[tenant]}",
        "price": number,
        "tags": ["even" if number % 2 == 0 else "odd"],
        "created_at": f"2026-01-{number % 28 + 1:02d}T00:00:00Z",
    }
    if f"item-{number:06d}" in GROUPED:
        fields["group_id"] = "family"
    return fields


@cache
def trained() -> Path:
    """The folder; not to be written to (copy it)."""
    folder = Path(tempfile.mkdtemp(prefix="shops-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = store_in(folder, create=True)
    store.create_tenant("empty", "Empty", author=AUTHOR)
    for tenant in TASTES:
        space = store.create_tenant(tenant, tenant.title(), author=AUTHOR)
        events = [event(n, done) for n, done in enumerate(world_of(tenant).interactions)]
        space.events.append_events(events, "2026-02-10T00:00:00.000Z")
        space.events.compact()  # servers then read a checkpoint, not thousands of lines
        _describe(space, tenant)
        for seed in (1, 2) if tenant == "shop" else (1,):
            run = train(space, TrainOptions(seed=seed, threads=1), store.cache)
            assert run.status == "promoted", run.sentence
    return folder


def _describe(space: TenantSpace, tenant: str) -> None:
    space.catalog.write(
        ItemFields(f"item-{number:06d}", attributes(number, tenant)) for number in range(200)
    )
    space.catalog.write(
        [
            ItemFields(UNAVAILABLE, {"available": False}),
            ItemFields(OVER, {"available_until": "2026-02-01T00:00:00Z"}),
            ItemFields(NOT_YET, {"available_from": "2999-01-01T00:00:00Z"}),
            ItemFields(
                NEW, {"title": "new", "taste": "none", "created_at": "2026-03-01T00:00:00Z"}
            ),
        ]
    )
    space.catalog.remove(DELETED)
