"""A damaged byte anywhere is found; what is whole has no findings."""

import os
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recommender_store.catalog.compaction import SEGMENTS_LIMIT
from recommender_store.catalog.log import ItemFields
from recommender_store.catalog.snapshot import WORTH_LAYING
from tests.recommender_store.care.conftest import SHOP, Shop

KINDS = {
    "a segment": r"tenants/shop/events/segments/.*",
    "a Parquet file": r"tenants/shop/events/parquet/.*",
    "the newest list of files": r"tenants/shop/events/lists/.*",
    "the checkpoint": r"tenants/shop/events/history/.*",
    "a revision of the log": r"tenants/shop/events/files/.*",
    "a change of the catalog": r"tenants/shop/catalog/changes/.*",
    "the types of attributes": r"tenants/shop/catalog/types/.*",
    "settings": r"tenants/shop/settings/.*",
    "keys": r"tenants/shop/keys/.*",
    "a manifest": r"tenants/shop/artifacts/v1/manifest\.json",
    "a part of a bundle": r"tenants/shop/artifacts/v1/seen_rows\.npy",
    "a slot's file": r"tenants/shop/artifacts/v2/for_you/item_factors\.npy",
    "the current model": r"tenants/shop/models/current/.*",
    "a run": r"tenants/shop/runs/r1/state/.*",
    "a page of the ledger": r"tenants/shop/ledger/.*",
    "a page of usage": r"tenants/shop/usage/.*",
    "an import": r"tenants/shop/imports/.*",
    "the change feed": r"platform/feed/.*",
}


def files_of(shop: Shop, kind: str) -> list[Path]:
    """The files of a kind, the one that was written last at the end."""
    found = [
        path
        for path in shop.folder.rglob("*")
        if path.is_file() and re.fullmatch(KINDS[kind], path.relative_to(shop.folder).as_posix())
    ]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def damaged(shop: Shop) -> list[str]:
    return [one.key for one in shop.again().findings() if one.severity == "damage"]


def test_a_whole_store_has_no_findings(shop: Shop) -> None:
    assert shop.findings() == []
    shop.space.events.compact()
    assert shop.findings() == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_flipped_byte_is_found(shop: Shop, kind: str, share: float) -> None:
    path = files_of(shop, kind)[-1]
    data = bytearray(path.read_bytes())
    data[int(len(data) * share)] ^= 0x01
    path.write_bytes(data)

    found = damaged(shop)

    assert found, f"{path} was damaged"
    assert all(key.startswith(("tenants/shop/", "platform/")) for key in found)


@pytest.mark.parametrize("kind", KINDS)
def test_every_finding_says_what_to_do(shop: Shop, kind: str) -> None:
    path = files_of(shop, kind)[-1]
    path.write_bytes(path.read_bytes()[:-9])

    findings = shop.again().findings()

    assert findings
    for finding in findings:
        assert re.search("restore it from a backup|roll back|delete it", finding.sentence.lower())


@pytest.mark.parametrize(
    "kind", ["a Parquet file", "a part of a bundle", "the checkpoint", "the newest list of files"]
)
def test_a_missing_object_is_found(shop: Shop, kind: str) -> None:
    files_of(shop, kind)[-1].unlink()

    assert damaged(shop)


def test_a_damaged_copy_of_the_catalog_is_found_and_may_be_deleted(shop: Shop) -> None:
    catalog = shop.space.catalog
    catalog.write(ItemFields(f"item-{number}", {}) for number in range(WORTH_LAYING))
    for number in range(SEGMENTS_LIMIT):
        catalog.write([ItemFields("often", {"price": number})])
    catalog.pack()
    assert shop.findings() == []
    (path,) = shop.folder.glob("tenants/shop/catalog/snapshots/*")
    path.write_bytes(path.read_bytes()[:-1])

    (finding,) = shop.again().findings()

    assert finding.severity == "damage"
    assert finding.key == f"tenants/shop/catalog/snapshots/{path.name}"
    assert "delete it" in finding.sentence


def test_a_hole_in_a_chain_is_found(shop: Shop) -> None:
    files_of(shop, "a revision of the log")[0].unlink()

    assert damaged(shop) == ["tenants/shop/events/files"]


def test_a_current_model_that_is_not_there_is_found(shop: Shop) -> None:
    (shop.folder / "tenants/shop/artifacts/v2/manifest.json").unlink()

    assert damaged(shop) == ["tenants/shop/models/current"]


def test_sums_that_do_not_balance_are_found(shop: Shop) -> None:
    log = shop.space.events
    listed = log._lists.newest()
    files = listed.state.files[:-1]
    log._lists.replace(listed, listed.state.model_copy(update={"files": files}), datetime.now(UTC))

    assert any("the sums say" in one.sentence for one in shop.findings())


def test_an_event_that_is_there_twice_is_found(shop: Shop) -> None:
    log = shop.space.events
    listed = log._lists.newest()
    twice = (*listed.state.files, listed.state.files[0])
    log._lists.replace(listed, listed.state.model_copy(update={"files": twice}), datetime.now(UTC))

    assert any("twice" in one.sentence for one in shop.findings())


def test_leftovers_are_told_after_a_day_and_are_no_damage(shop: Shop) -> None:
    for key in (
        "events/parquet/date=2026-11-20/left.parquet",
        "events/lists/left.json",
        "events/history/left.jsonl.zst",
        "artifacts/never-finished/items.marisa",
    ):
        path = shop.folder / "tenants" / SHOP / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"left")
        os.utime(path, (time.time() - 23 * 3600,) * 2)
    assert shop.findings() == []

    findings = shop.findings(datetime.now(UTC) + timedelta(hours=2))

    assert len(findings) == 4
    assert {one.severity for one in findings} == {"orphan"}


def test_looking_changes_nothing(shop: Shop) -> None:
    def bytes_of() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in shop.folder.rglob("*") if path.is_file()}

    before = bytes_of()

    shop.findings()

    assert bytes_of() == before
