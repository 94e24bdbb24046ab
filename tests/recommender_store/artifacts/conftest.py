"""Small bundles whose files are made up: the store does not look inside."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender_store.artifacts.manifest import (
    FileRecord,
    Lineage,
    Manifest,
    SlotName,
    SlotRecord,
)

AT = datetime(2026, 11, 20, tzinfo=UTC)
Publishable = tuple[Path, Manifest]
MakeBundle = Callable[..., Publishable]


def recorded(folder: Path, version: str, path: str, data: bytes) -> FileRecord:
    """Write a file below the folder, and say what it is."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return FileRecord(version=version, path=path, size_bytes=len(data), sha256=digest)


def whole(
    version: str, files: dict[str, FileRecord], slots: dict[SlotName, SlotRecord]
) -> Manifest:
    lineage = Lineage(
        run_id="r1",
        data_fingerprint="f",
        window_since=AT,
        window_until=AT,
        events=1,
        interactions=1,
        users=1,
        items=1,
        seed=1,
        threads=1,
        code_version="0",
    )
    return Manifest(
        version=version, created_at=AT, data_until=AT, files=files, slots=slots, lineage=lineage
    )


def bundle_of_one_file(folder: Path, version: str, data: bytes) -> Manifest:
    return whole(version, {"items.marisa": recorded(folder, version, "items.marisa", data)}, {})


@pytest.fixture
def make_bundle(tmp_path: Path) -> MakeBundle:
    """`make_bundle(version, carried=…, size=…)`: a folder of files, and its manifest."""

    def make(version: str, carried: Manifest | None = None, size: int = 10) -> Publishable:
        folder = tmp_path / "made" / version
        items = recorded(folder, version, "items.marisa", f"items of {version}".encode())
        slots = dict(carried.slots) if carried else {}
        slots["similar"] = SlotRecord(
            recipe="item_knn",
            kind="neighbours",
            parameters={},
            fitted_in=version,
            data_until=AT,
            files={"lists.npy": recorded(folder, version, "similar/lists.npy", b"x" * size)},
        )
        if carried is None:
            slots["popular"] = slots["similar"].model_copy(
                update={
                    "recipe": "popularity",
                    "files": {"p.npy": recorded(folder, version, "popular/p.npy", b"pop")},
                }
            )
        return folder, whole(version, {"items.marisa": items}, slots)

    return make
