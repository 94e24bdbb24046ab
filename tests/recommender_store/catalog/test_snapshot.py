"""A packing lays the catalog beside the log; whoever reads it knows what the log says."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from recommender_store.catalog.change import ItemChange
from recommender_store.catalog.compaction import SEGMENTS_LIMIT
from recommender_store.catalog.known_items import raws_at, unpacked
from recommender_store.catalog.log import Catalog, ItemFields
from recommender_store.catalog.snapshot import LEFT_S
from recommender_store.objects.scope import Scope


def now_us() -> int:
    return int(datetime.now(UTC).timestamp() * 1e6)


def packed(scope: Scope, ahead_s: float = 0, least: int = 1) -> Catalog:
    """A catalog that was packed so much later than its objects were written."""
    catalog = Catalog(scope, lambda: now_us() + int(ahead_s * 1e6), least)
    for number in range(SEGMENTS_LIMIT + 1):
        catalog.write([ItemFields(f"i{number % 5}", {"price": number, "title": f"t{number}"})])
    catalog.remove("i0")
    catalog.pack()
    return catalog


def laid(scope: Scope) -> list[str]:
    return [info.key for info in scope.list("snapshots")]


def test_a_snapshot_says_what_the_log_says(memory: Scope, tmp_path: Path) -> None:
    catalog = packed(memory)
    catalog.write([ItemFields("later", {"price": 1})])

    snapshot = catalog.snapshot(tmp_path)

    assert snapshot is not None
    changes, _ = catalog.changes_after(snapshot.marks)
    assert [one.item_id for one in changes] == ["later"]
    state = catalog.state()
    ids = snapshot.ids
    assert {*ids, "later"} == set(state.ids())
    raws = raws_at(snapshot.starts, snapshot.packed, np.arange(len(ids), dtype=np.int32))
    for row, (item_id, raw) in enumerate(zip(ids, raws, strict=True)):
        item = state.get(item_id)
        assert item is not None
        assert unpacked(raw).changes("") == item.changes("")
        assert snapshot.reading.columns.record(row, ["price", "title"]) == item.fields
        assert bool(snapshot.reading.is_deleted[row]) is item.is_deleted
    assert catalog.snapshot_fault() is None


def test_a_small_catalog_has_none(memory: Scope, tmp_path: Path) -> None:
    catalog = packed(memory, least=6)

    assert catalog.snapshot(tmp_path) is None
    assert laid(memory) == []


def test_a_catalog_that_was_never_packed_has_none(memory: Scope, tmp_path: Path) -> None:
    catalog = Catalog(memory)
    catalog.append([ItemChange("i", 1, "w")])

    assert catalog.snapshot(tmp_path) is None
    assert catalog.snapshot_fault() is None


@pytest.mark.parametrize(("ahead_s", "left"), [(0, 2), (LEFT_S + 60, 1)])
def test_an_older_snapshot_stays_for_an_hour(
    memory: Scope, tmp_path: Path, ahead_s: float, left: int
) -> None:
    packed(memory)
    (older,) = laid(memory)

    catalog = packed(memory, ahead_s)

    assert len(laid(memory)) == left
    assert (older in laid(memory)) is (left == 2)
    assert catalog.snapshot(tmp_path) is not None


def test_a_changed_byte_is_found(memory: Scope, tmp_path: Path) -> None:
    catalog = packed(memory)
    (key,) = laid(memory)
    body = bytearray(memory.get(key))
    body[len(body) // 2] ^= 1
    memory.put(key, bytes(body))

    assert catalog.snapshot(tmp_path) is None
    assert catalog.snapshot_fault() == (key.removeprefix("snapshots/"), "its bytes were changed")
