"""
Which items have a word, and how much it says of each: an inverted index, in memory or mapped.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .protocol import Rows, Scores


class WordIndex(NamedTuple):
    """Word by word, by the numbers of the words."""

    starts: NDArray[np.int64]
    """[words + 1]: where each word's entries begin."""
    rows: Rows
    weights: Scores
    """An item's weights over its words, as a vector, have the length 1."""

    def cosines(self, said: Iterable[tuple[int, float]]) -> NDArray[np.float64]:
        """
        With each row, up to the greatest that shares a word; 0 for what shares none.

        Args:
            said: numbers of words and their weights, as a vector of the length 1.
        """
        parts = [
            (slice(int(self.starts[word]), int(self.starts[word + 1])), weight)
            for word, weight in said
        ]
        if not parts:
            return np.empty(0)
        rows = np.concatenate([self.rows[part] for part, _ in parts])
        shares = np.concatenate([self.weights[part] * weight for part, weight in parts])
        return np.bincount(rows, weights=shares).astype(np.float64)
