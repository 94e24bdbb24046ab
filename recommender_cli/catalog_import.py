"""
JSON lines of items into a tenant's catalog: good ones are written, bad ones told with their reason.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from recommender_store.catalog.change import ItemChange
from recommender_store.catalog.log import ItemFields
from recommender_store.catalog.room import beyond
from recommender_store.catalog.state import CatalogState
from recommender_store.objects.append_log import clock_us
from recommender_store.tenant_space import TenantSpace

AT_ONCE = 10_000


def write_items(space: TenantSpace, path: Path) -> tuple[int, list[dict[str, Any]]]:
    """How many were written, and those that were not."""
    written = 0
    rejected: list[dict[str, Any]] = []
    limit, state = space.settings().quotas.items, CatalogState()
    if limit is not None:
        state = space.catalog.state()
    for block in _blocks(path):
        full = beyond(state, (item.item_id for item in block), limit)
        rejected += [_too_many(item_id, limit) for item_id in sorted(full)]
        fits = [item for item in block if item.item_id not in full]
        fitting = space.catalog.write_fitting(fits)
        wrong = {one.place for one in fitting.refused}
        state.apply(
            ItemChange(item.item_id, clock_us(), "")
            for place, item in enumerate(fits)
            if place not in wrong
        )
        written += fitting.written
        rejected += [
            {"item_id": one.item_id, "code": one.error.code, "detail": str(one.error)}
            for one in fitting.refused
        ]
    if written:
        space.announce("catalog")
    return written, rejected


def _too_many(item_id: str, limit: int | None) -> dict[str, Any]:
    detail = f"item {item_id!r}: this tenant's quota items is {limit:,}, and so many are there"
    return {"item_id": item_id, "code": "quota_full", "detail": detail}


def _blocks(path: Path) -> Iterator[list[ItemFields]]:
    block = []
    with path.open("rb") as lines:
        for line in lines:
            raw = msgspec.json.decode(line)
            block.append(ItemFields(raw["item_id"], raw["fields"]))
            if len(block) == AT_ONCE:
                yield block
                block = []
    if block:
        yield block
