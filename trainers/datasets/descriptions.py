"""
What the catalog says of its items: a matrix that items of like descriptions share columns of, and
the words that its columns stand for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender_models.words import words_of
from recommender_store.artifacts.arrays import map_array, save_array
from recommender_store.artifacts.vocabulary import Vocabulary
from recommender_store.catalog.change import Value

_PARTS = ("indptr", "indices", "data")
_WORDS = "words.marisa"


@dataclass(frozen=True)
class Descriptions:
    """Of all items, those of which nothing is said among them."""

    counts: sparse.csr_matrix
    """Items × words, float32: how often each word stands in an item's description."""
    words: Vocabulary
    """A word's row here is its column there."""

    def save(self, folder: Path) -> None:
        for part in _PARTS:
            save_array(folder / f"{part}.npy", getattr(self.counts, part))
        self.words.save(folder / _WORDS)
        save_array(folder / "shape.npy", np.array(self.counts.shape, dtype=np.int64))

    @classmethod
    def from_path(cls, folder: Path) -> Self | None:
        """None where none were saved."""
        if not (folder / "shape.npy").exists():
            return None
        indptr, indices, data = (map_array(folder / f"{part}.npy") for part in _PARTS)
        shape = tuple(map_array(folder / "shape.npy").tolist())
        counts = sparse.csr_matrix((data, indices, indptr), shape=shape)
        return cls(counts, Vocabulary.open(folder / _WORDS))


def describe(
    items: Vocabulary, catalog: Mapping[str, Mapping[str, Value]], types: Mapping[str, str]
) -> Descriptions | None:
    """
    None where nothing is said of any item. Pure: an equal catalog gives an equal matrix.

    Args:
        items: the rows; those that the catalog does not describe are empty.
        catalog: item id → fields; each id is one of `items`.
        types: of the attributes; times are left out by it.
    """
    numbers: dict[str, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    for item_id, fields in catalog.items():
        said = [numbers.setdefault(word, len(numbers)) for word in words_of(fields, types)]
        rows += [items.row(item_id)] * len(said)
        columns += said
    if not numbers:
        return None
    words = Vocabulary.of(numbers)
    at = words.rows(list(numbers))[np.array(columns, dtype=np.int64)]
    ones = np.ones(len(rows), dtype=np.float32)
    counts = sparse.coo_matrix((ones, (rows, at)), shape=(len(items), len(numbers))).tocsr()
    counts.sum_duplicates()
    return Descriptions(counts, words)


def described(said: Descriptions | None) -> NDArray[np.int32]:
    """The rows of the items of which anything is said, ascending."""
    if said is None:
        return np.empty(0, dtype=np.int32)
    return np.flatnonzero(np.diff(said.counts.indptr)).astype(np.int32)
