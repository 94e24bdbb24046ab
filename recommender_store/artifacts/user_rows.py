"""
The parts of a bundle that tell of users, written anew without one user or session.

Rows are places in an order, so that everybody behind the one who goes moves; every file that is
ordered by user is written again, under a new path, and so are sessions that were theirs.
Nothing else of the bundle changes.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from .arrays import map_array, save_array
from .known_users import DIGESTS, PLAIN
from .manifest import FileRecord, Manifest
from .session_rows import OWNERS, SESSION_ROWS, Owner, SessionRows, has_sessions_of
from .vocabulary import Vocabulary

STARTS = "seen_indptr.npy"
ENTRIES = ("seen_rows.npy", "seen_weights.npy", "seen_kinds.npy")
FACTORS = "user_factors.npy"
USER_ROWS = frozenset({DIGESTS, PLAIN, STARTS, *ENTRIES, FACTORS}) | SESSION_ROWS
"""Names of the files that tell of users."""

Fetch = Callable[[FileRecord], Path]
"""A verified local copy of one file."""


def without_owner(manifest: Manifest, owner: Owner, fetch: Fetch, into: Path) -> Manifest | None:
    """
    The manifest of the bundle without the user or session, its new files written below `into`.

    None where the bundle does not know them.
    """
    folder = f"users-{uuid4().hex[:8]}"
    left = manifest
    if owner.kind == "user_id":
        left = _without_user(left, owner, fetch, into, folder)
    left = _without_sessions(left, owner, fetch, into, folder)
    return None if left is manifest else left


def _without_user(
    manifest: Manifest, owner: Owner, fetch: Fetch, into: Path, folder: str
) -> Manifest:
    keep = _keep_plain if manifest.user_ids == "plain" else _keep_digests
    order = keep(manifest, owner, fetch, into / folder)
    if order is None:
        return manifest
    names = {DIGESTS, PLAIN} & manifest.files.keys()
    if STARTS in manifest.files:
        starts = map_array(fetch(manifest.files[STARTS]))
        lengths, entries = _entries(starts, order)
        save_array(into / folder / STARTS, np.concatenate([[0], np.cumsum(lengths)]))
        names.add(STARTS)
        for name in ENTRIES:
            save_array(into / folder / name, map_array(fetch(manifest.files[name]))[entries])
            names.add(name)
    own = {name: _recorded(manifest.version, into, f"{folder}/{name}") for name in names}
    slots = {}
    for slot, record in manifest.slots.items():
        files = dict(record.files)
        # A blend has them in the folders of its parts.
        for name in [one for one in files if one.rpartition("/")[2] == FACTORS]:
            path = f"{folder}/{slot}/{name}"
            save_array(into / path, map_array(fetch(files[name]))[order])
            files[name] = _recorded(manifest.version, into, path)
        slots[slot] = record.model_copy(update={"files": files})
    return manifest.model_copy(update={"files": {**manifest.files, **own}, "slots": slots})


def _keep_digests(
    manifest: Manifest, owner: Owner, fetch: Fetch, folder: Path
) -> NDArray[np.int64] | None:
    """Write who is left; their rows until now, in the new order. None: nobody goes."""
    if DIGESTS not in manifest.files or owner.digest is None:
        return None
    users = map_array(fetch(manifest.files[DIGESTS]))
    order = np.flatnonzero(users != np.uint64(owner.digest))
    if len(order) == len(users):
        return None
    save_array(folder / DIGESTS, users[order])
    return order


def _keep_plain(
    manifest: Manifest, owner: Owner, fetch: Fetch, folder: Path
) -> NDArray[np.int64] | None:
    if PLAIN not in manifest.files:
        return None
    users = Vocabulary.open(fetch(manifest.files[PLAIN]))
    if owner.owner_id not in users:
        return None
    kept = Vocabulary.of(one for one in users.ids(range(len(users))) if one != owner.owner_id)
    folder.mkdir(parents=True)
    kept.save(folder / PLAIN)
    return users.rows(kept.ids(range(len(kept)))).astype(np.int64)


def _without_sessions(
    manifest: Manifest, owner: Owner, fetch: Fetch, into: Path, folder: str
) -> Manifest:
    slots = {}
    for slot, record in manifest.slots.items():
        if OWNERS not in record.files or not has_sessions_of(fetch(record.files[OWNERS]), owner):
            continue
        rows = SessionRows.from_files({name: fetch(record.files[name]) for name in SESSION_ROWS})
        rows.without(owner).save(into / folder / slot)
        new = {
            name: _recorded(manifest.version, into, f"{folder}/{slot}/{name}")
            for name in SESSION_ROWS
        }
        slots[slot] = record.model_copy(update={"files": {**record.files, **new}})
    if not slots:
        return manifest
    return manifest.model_copy(update={"slots": {**manifest.slots, **slots}})


def _entries(
    starts: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many entries each kept user has, and where they lie now, user by user."""
    begins = np.asarray(starts[:-1])[order]
    lengths = np.asarray(starts[1:])[order] - begins
    firsts = np.cumsum(lengths) - lengths
    entries = np.arange(int(lengths.sum()), dtype=np.int64) + np.repeat(begins - firsts, lengths)
    return lengths, entries


def _recorded(version: str, into: Path, path: str) -> FileRecord:
    with (into / path).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    size = (into / path).stat().st_size
    return FileRecord(version=version, path=path, size_bytes=size, sha256=digest)
