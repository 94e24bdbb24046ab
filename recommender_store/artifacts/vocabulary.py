"""
The bijection between outside ids and rows: a row is an id's number in a marisa trie.

The trie is mapped into memory, not read: opening one does not grow with its size, and workers
share its pages. The same set of ids gives the same rows on any machine.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import marisa_trie
import numpy as np
from numpy.typing import NDArray

REMEMBERED_LIMIT = 50_000
"""Rows of ids asked for lately, some 6 MB: a tenth of the cost of a walk down the trie."""


class Vocabulary:
    """Outside ids ↔ rows 0 … n - 1."""

    def __init__(self, trie: marisa_trie.Trie) -> None:
        self._trie = trie
        self._remembered: dict[str, int] = {}

    @classmethod
    def of(cls, ids: Iterable[str]) -> Self:
        return cls(marisa_trie.Trie(ids))

    @classmethod
    def open(cls, path: Path) -> Self:
        trie = marisa_trie.Trie()
        if path.stat().st_size:
            trie.mmap(str(path))
        return cls(trie)

    def save(self, path: Path) -> None:
        self._trie.save(str(path))

    def row(self, outside_id: str) -> int:
        """The id's row, or -1 where it is unknown."""
        row = self._remembered.get(outside_id)
        if row is None:
            row = int(self._trie.get(outside_id, -1))
            if len(self._remembered) >= REMEMBERED_LIMIT:
                self._remembered.clear()
            self._remembered[outside_id] = row
        return row

    def rows(self, ids: Sequence[str]) -> NDArray[np.int32]:
        """The rows of `ids`, in their order; -1 for unknown ones."""
        get = self._trie.get
        return np.fromiter((get(one, -1) for one in ids), dtype=np.int32, count=len(ids))

    def id(self, row: int) -> str:
        text: str = self._trie.restore_key(row)
        return text

    def ids(self, rows: Iterable[int]) -> list[str]:
        restore = self._trie.restore_key
        return [restore(int(row)) for row in rows]

    def __len__(self) -> int:
        return len(self._trie)

    def __contains__(self, outside_id: str) -> bool:
        return outside_id in self._trie
