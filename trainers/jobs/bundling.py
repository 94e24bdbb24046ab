"""
From fitted files to a bundle: records of files, slots that were let in, slots carried over.
"""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from recommender_models.bundle import REMAP, Bundle
from recommender_store.artifacts.arrays import map_array, save_array
from recommender_store.artifacts.manifest import FileRecord, SlotName, SlotRecord, Verdict
from recommender_store.artifacts.session_rows import SESSION_ROWS
from recommender_store.artifacts.vocabulary import Vocabulary
from trainers.datasets.interactions import to_datetime

OWN_FILES = (
    "items.marisa",
    "users.npy",
    "weighting.json",
    "seen_indptr.npy",
    "seen_rows.npy",
    "seen_weights.npy",
    "seen_kinds.npy",
)
"""What a bundle holds beside its slots."""


class Fitted(msgspec.Struct):
    """How a slot was filled."""

    recipe: str
    kind: str
    parameters: dict[str, Any]
    data_until_us: int
    was_searched: bool = False
    warm_starts: int = 0


def file_record(version: str, folder: Path, path: str) -> FileRecord:
    with (folder / path).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    size = (folder / path).stat().st_size
    return FileRecord(version=version, path=path, size_bytes=size, sha256=digest)


def slot_record(
    version: str,
    folder: Path,
    slot: SlotName,
    fitted: Fitted,
    *,
    metrics: Mapping[str, Any],
    verdict: Verdict | None,
) -> SlotRecord:
    """The record of a slot whose files lie in `folder/<slot>/`."""
    # A translation of rows may lie there from an older slot that was to be carried over.
    inside = folder / slot
    files = (path for path in inside.rglob("*") if path.is_file() and path.name != REMAP)
    names = sorted(path.relative_to(inside).as_posix() for path in files)
    return SlotRecord(
        recipe=fitted.recipe,
        kind=fitted.kind,
        parameters=fitted.parameters,
        was_searched=fitted.was_searched,
        warm_starts=fitted.warm_starts,
        fitted_in=version,
        data_until=to_datetime(fitted.data_until_us),
        files={name: file_record(version, folder, f"{slot}/{name}") for name in names},
        metrics=dict(metrics),
        verdict=verdict,
    )


def rows_elsewhere(theirs: Vocabulary, ours: Vocabulary) -> NDArray[np.int32]:
    """For each row of their vocabulary the row of the same id in ours, -1 where there is none."""
    return ours.rows(theirs.ids(range(len(theirs))))


def carry_over(
    version: str,
    folder: Path,
    slot: SlotName,
    current: Bundle,
    current_folder: Path,
    ours: Vocabulary,
) -> SlotRecord:
    """
    A slot of the current bundle for a new one: its files by digest, and a translation of its rows.

    Users' vectors are left behind: the new bundle knows more of every user than they do. Sessions
    come as copies: whoever is erased is erased from each bundle by itself.
    """
    record = current.manifest.slots[slot]
    rows_here = rows_elsewhere(current.items, ours)
    if REMAP in record.files:
        earlier = map_array(current_folder / slot / REMAP)
        rows_here = np.where(earlier >= 0, rows_here[earlier], -1).astype(np.int32)
    save_array(folder / slot / REMAP, rows_here)
    kept = {
        name: file
        for name, file in record.files.items()
        if name.rpartition("/")[2] not in (REMAP, "user_factors.npy")
    }
    # Not where the slot's own files lie: those of what was refused are still wanted.
    beside = f"carried/{slot}"
    for name in SESSION_ROWS & kept.keys():
        (folder / beside).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(current_folder / slot / name, folder / beside / name)
        kept[name] = file_record(version, folder, f"{beside}/{name}")
    kept[REMAP] = file_record(version, folder, f"{slot}/{REMAP}")
    return record.model_copy(update={"files": kept})
