"""
The sessions that a bundle keeps, oldest first: what was in each, which ones an item was in, and
whose they were, so that a session goes when its owner does.

Ids are not kept: an owner is the tenant's keyed digest, 64 bits of it, of the user and of the
session that the events named. Sessions that came over from a bundle of the format `bundle/1` have
digests without a key, and are found by these.
"""

from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from .arrays import map_array, save_array
from .digests import Digests, Noun

Owned = Literal["user_id", "session_id"]
_COLUMNS: tuple[Owned, ...] = ("user_id", "session_id")

OWNERS = "session_owners.npy"
_FILES = ("session_starts.npy", "session_items.npy", OWNERS, "item_starts.npy", "item_sessions.npy")
SESSION_ROWS = frozenset(_FILES)


class Owner(NamedTuple):
    """Somebody whose sessions are to be found."""

    kind: Owned
    owner_id: str
    digest: int | None = None
    """The tenant's keyed one, for bundles that hold it."""

    def found_by(self, digests: Digests) -> "Owner":
        noun: Noun = "user" if self.kind == "user_id" else "session"
        return self._replace(digest=digests.short(noun, self.owner_id))


def unkeyed_digest(kind: Owned, owner_id: str) -> int:
    """What stands for an owner in sessions of the format `bundle/1`."""
    message = f"{kind}\0{owner_id}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(message, digest_size=8).digest()) or 1


class SessionRows(NamedTuple):
    """Sessions by number, the newest last; items by row."""

    starts: NDArray[np.int64]
    """[sessions + 1]: where each session's items begin."""
    items: NDArray[np.int32]
    """Different ones, ascending within a session."""
    owners: NDArray[np.uint64]
    """[sessions, 2]: digests of the user and of the named session, 0 for none."""
    item_starts: NDArray[np.int64]
    """[items + 1]: where each item's sessions begin."""
    item_sessions: NDArray[np.int32]
    """The newest first, and not more than so many an item."""

    @classmethod
    def of(
        cls,
        starts: NDArray[np.int64],
        items: NDArray[np.int32],
        owners: NDArray[np.uint64],
        item_count: int,
        sessions_per_item: int,
    ) -> Self:
        """The sessions with the index of their items made."""
        number = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
        order = np.lexsort((-number, items))
        by_item = items[order]
        firsts = np.searchsorted(by_item, np.arange(item_count + 1))
        is_kept = np.arange(len(by_item)) - firsts[by_item] < sessions_per_item
        lengths = np.minimum(np.diff(firsts), sessions_per_item)
        return cls(
            starts,
            items,
            owners,
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            number[order[is_kept]],
        )

    def without(self, owner: Owner) -> "SessionRows":
        """What is left when the owner's sessions are gone."""
        theirs = _theirs(self.owners, owner)
        lengths = np.diff(self.starts)
        # An item with as many sessions as were allowed at the most may get older ones back.
        most = int(np.diff(self.item_starts).max(initial=1))
        return SessionRows.of(
            np.concatenate([[0], np.cumsum(lengths[~theirs])]).astype(np.int64),
            self.items[np.repeat(~theirs, lengths)],
            self.owners[~theirs],
            len(self.item_starts) - 1,
            most,
        )

    def save(self, folder: Path) -> None:
        arrays: tuple[NDArray[Any], ...] = self
        for name, array in zip(_FILES, arrays, strict=True):
            save_array(folder / name, array)

    @classmethod
    def from_files(cls, paths: Mapping[str, Path]) -> Self:
        """From the files by their names."""
        return cls(*(map_array(paths[name]) for name in _FILES))

    @classmethod
    def from_path(cls, folder: Path) -> Self:
        return cls.from_files({name: folder / name for name in _FILES})


def has_sessions_of(owners: Path, owner: Owner) -> bool:
    """Whether any session of that file of owners is theirs."""
    return bool(_theirs(map_array(owners), owner).any())


def _theirs(owners: NDArray[np.uint64], owner: Owner) -> NDArray[np.bool_]:
    digests = [unkeyed_digest(owner.kind, owner.owner_id)]
    if owner.digest is not None:
        digests.append(owner.digest)
    wanted = np.array(digests, dtype=np.uint64)
    return np.isin(owners[:, _COLUMNS.index(owner.kind)], wanted)
