"""
What each user did up to the bundle's `data_until`: items, summed weights, kinds of events.

One row of a compressed sparse matrix per user, mapped into memory.
"""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender_store.artifacts.arrays import map_array, save_array

from .protocol import NO_ROWS, NO_SCORES, Rows, Scores

KIND_BITS = {
    kind: 1 << bit
    for bit, kind in enumerate(
        ("view", "click", "cart", "favorite", "purchase", "rating", "dislike", "custom")
    )
}
"""One bit a kind; all `custom:…` kinds share one."""
EVERY_KIND = (1 << len(KIND_BITS)) - 1


def kind_bit(kind: str) -> int:
    """The bit of a kind of event, 0 for kinds that say nothing about having seen an item."""
    known = KIND_BITS.get(kind)
    return KIND_BITS.get(kind.partition(":")[0], 0) if known is None else known


NOTHING_SEEN = (NO_ROWS, NO_SCORES, np.empty(0, dtype=np.uint8))


class SeenItems:
    """Users × items, sparse."""

    def __init__(
        self,
        indptr: NDArray[np.int64],
        rows: Rows,
        weights: Scores,
        kinds: NDArray[np.uint8],
    ) -> None:
        self._indptr = indptr
        self._rows = rows
        self._weights = weights
        self._kinds = kinds

    def of(self, user_row: int) -> tuple[Rows, Scores, NDArray[np.uint8]]:
        """The user's rows, their weights (0 where nothing spoke for the item) and kinds."""
        part = slice(int(self._indptr[user_row]), int(self._indptr[user_row + 1]))
        return (
            self._rows[part],
            self._weights[part],
            self._kinds[part],
        )

    def save(self, folder: Path) -> None:
        save_array(folder / "seen_indptr.npy", self._indptr)
        save_array(folder / "seen_rows.npy", self._rows)
        save_array(folder / "seen_weights.npy", self._weights)
        save_array(folder / "seen_kinds.npy", self._kinds)

    @classmethod
    def from_path(cls, folder: Path) -> Self:
        return cls(
            map_array(folder / "seen_indptr.npy"),
            map_array(folder / "seen_rows.npy"),
            map_array(folder / "seen_weights.npy"),
            map_array(folder / "seen_kinds.npy"),
        )
