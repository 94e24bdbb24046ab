"""
What the catalog says of its items, as words: a matrix that items of like descriptions share
columns of.

A title gives its words. Of the attributes, a short text gives one word, `name=value`, a long one
its words, a list one for each of its texts, a yes or no one. Numbers and times say how much and
when, not what, and give none. What a word was is not kept: only which items share it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender_store.artifacts.arrays import map_array, save_array
from recommender_store.artifacts.vocabulary import Vocabulary
from recommender_store.catalog.change import RESERVED, Value

SHORT_WORDS = 5
"""A text of more words than this is prose, not the name of something."""

_WORD = re.compile(r"\w+")
_PARTS = ("indptr", "indices", "data")


def describe(
    items: Vocabulary, catalog: Mapping[str, Mapping[str, Value]], types: Mapping[str, str]
) -> sparse.csr_matrix | None:
    """
    Items × words, float32: how often each stands in an item's description. Pure.

    None where nothing is said of any item.

    Columns are in the order of the words, so that an equal catalog gives an equal matrix.

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
    place = np.empty(len(numbers), dtype=np.int32)
    place[[numbers[word] for word in sorted(numbers)]] = np.arange(len(numbers))
    at = place[np.array(columns, dtype=np.int64)]
    ones = np.ones(len(rows), dtype=np.float32)
    counts = sparse.coo_matrix((ones, (rows, at)), shape=(len(items), len(numbers))).tocsr()
    counts.sum_duplicates()
    return counts


def words_of(fields: Mapping[str, Value], types: Mapping[str, str]) -> Iterator[str]:
    """The words of one item's title and attributes; `fields` as the catalog keeps them."""
    for name, value in fields.items():
        if name == "title" and isinstance(value, str):
            yield from _words(value)
        elif name not in RESERVED and types.get(name) != "time":
            yield from _words_of_attribute(name, value)


def _words_of_attribute(name: str, value: Value) -> Iterator[str]:
    match value:
        case bool():
            yield f"{name}={value}".lower()
        case str():
            words = _words(value)
            yield from words if len(words) > SHORT_WORDS else _named(name, words)
        case list():
            for one in value:
                yield from _named(name, _words(one))


def _named(name: str, words: list[str]) -> list[str]:
    return [f"{name}={' '.join(words)}"] if words else []


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def described(words: sparse.csr_matrix | None) -> NDArray[np.int32]:
    """The rows of the items of which anything is said, ascending."""
    if words is None:
        return np.empty(0, dtype=np.int32)
    return np.flatnonzero(np.diff(words.indptr)).astype(np.int32)


def save_descriptions(words: sparse.csr_matrix, folder: Path) -> None:
    for part in _PARTS:
        save_array(folder / f"{part}.npy", getattr(words, part))
    save_array(folder / "shape.npy", np.array(words.shape, dtype=np.int64))


def open_descriptions(folder: Path) -> sparse.csr_matrix | None:
    """None where none were saved."""
    if not (folder / "shape.npy").exists():
        return None
    indptr, indices, data = (map_array(folder / f"{part}.npy") for part in _PARTS)
    shape = tuple(map_array(folder / "shape.npy").tolist())
    return sparse.csr_matrix((data, indices, indptr), shape=shape)
