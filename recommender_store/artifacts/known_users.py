"""
Who a bundle knows: a user's row, by the tenant's keyed digest, or in older bundles by plain id.

Digests ascend, a row each, in an array that is mapped: opening it does not grow with its size.
Nothing here gives a user's id for a row.
"""

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .arrays import map_array
from .digests import Digests
from .manifest import Manifest
from .vocabulary import REMEMBERED_LIMIT, Vocabulary

DIGESTS = "users.npy"
PLAIN = "users.marisa"

Rows = NDArray[np.int32]


class KnownUsers(Protocol):
    """The users of one bundle."""

    def row(self, user_id: str) -> int:
        """The user's row, or -1 where the bundle does not know the user."""
        ...

    def rows(self, ids: Sequence[str]) -> Rows:
        """The rows of `ids`, in their order; -1 for unknown ones."""
        ...

    def by_digest(self, digests: Digests) -> NDArray[np.uint64]:
        """Each row's digest: what two bundles have in common."""
        ...

    def __len__(self) -> int: ...

    def __contains__(self, user_id: str) -> bool: ...


class DigestedUsers:
    """
    By digest.

    Opened without the tenant's key, it knows how many there are, and no more.
    """

    def __init__(self, known: NDArray[np.uint64], digests: Digests | None) -> None:
        self._known = known
        self._view = known.data
        self._digests = digests
        self._remembered: dict[str, int] = {}

    def row(self, user_id: str) -> int:
        row = self._remembered.get(user_id)
        if row is None:
            digest = self._key().short("user", user_id)
            row = bisect_left(self._view, digest)
            if row == len(self._view) or self._view[row] != digest:
                row = -1
            if len(self._remembered) >= REMEMBERED_LIMIT:
                self._remembered.clear()
            self._remembered[user_id] = row
        return row

    def rows(self, ids: Sequence[str]) -> Rows:
        return rows_of(self._key().short_of_all("user", ids), self._known)

    def by_digest(self, digests: Digests) -> NDArray[np.uint64]:  # noqa: ARG002 - they are known by them
        return self._known

    def _key(self) -> Digests:
        if self._digests is None:
            raise LookupError("opened without the tenant's key: ask by row")
        return self._digests

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, user_id: str) -> bool:
        return self.row(user_id) >= 0


class PlainUsers(Vocabulary):
    """By plain id, as bundles of the format `bundle/1` hold them."""

    def by_digest(self, digests: Digests) -> NDArray[np.uint64]:
        return digests.short_of_all("user", self.ids(range(len(self))))


def rows_of(wanted: NDArray[np.uint64], known: NDArray[np.uint64]) -> Rows:
    """Where digests stand among those that ascend; -1 for unknown ones."""
    if not len(known):
        return np.full(len(wanted), -1, dtype=np.int32)
    places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[places] == wanted, places, -1).astype(np.int32)


def open_users(manifest: Manifest, folder: Path, digests: Digests | None) -> KnownUsers:
    """
    Args:
        manifest: the bundle's.
        folder: of its files.
        digests: the tenant's; None: nobody is asked for by id.
    """
    if manifest.user_ids == "plain":
        return PlainUsers.open(folder / PLAIN)
    return DigestedUsers(map_array(folder / DIGESTS), digests)
