"""
JSON lines of items into a tenant's catalog: good ones are written, bad ones told with their reason.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from recommender_store.catalog.log import ItemFields
from recommender_store.tenant_space import TenantSpace

AT_ONCE = 10_000


def write_items(space: TenantSpace, path: Path) -> tuple[int, list[dict[str, Any]]]:
    """How many were written, and those that were not."""
    written = 0
    rejected: list[dict[str, Any]] = []
    for block in _blocks(path):
        fitting = space.catalog.write_fitting(block)
        written += fitting.written
        rejected += [
            {"item_id": one.item_id, "code": one.error.code, "detail": str(one.error)}
            for one in fitting.refused
        ]
    if written:
        space.announce("catalog")
    return written, rejected


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
