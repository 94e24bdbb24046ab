"""
What an index loses: how many of the truly best items are among those that it finds. Pure.

The index is searched as when it serves; exact is the inner product with every item. Of items whose
scores tie with the last one asked for, any will do.
"""

import numpy as np
from numpy.typing import NDArray

from recommender_models.index_search import ItemIndex
from recommender_models.item_vectors import CANDIDATES

K = 20
USERS = 500
"""So many users show a loss of a hundredth; each costs one exact search."""
SCORES_AT_ONCE = 2_000_000
"""Bounds the memory."""


def index_recall(
    index: ItemIndex,
    item_factors: NDArray[np.float32],
    vectors: NDArray[np.float32],
    k: int = K,
    candidates: int = CANDIDATES,
) -> float:
    """
    Share of the exact top k of each vector [users, factors] that the index finds, on average.

    Args:
        index: over the items of `item_factors` that have a vector.
        item_factors: [items, factors].
        vectors: of users; NaN comes back where there is none, or no item.
        k: how long a list is compared.
        candidates: how many the index is asked for.
    """
    has_none = np.flatnonzero(~np.any(item_factors, axis=1))
    k = min(k, len(item_factors) - len(has_none))
    if not k or not len(vectors):
        return float("nan")
    found = 0
    at_once = max(1, SCORES_AT_ONCE // len(item_factors))
    for start in range(0, len(vectors), at_once):
        some = vectors[start : start + at_once]
        every = some @ item_factors.T
        every[:, has_none] = -np.inf
        least = np.partition(every, -k)[:, -k]
        for vector, scores, score in zip(some, every, least, strict=True):
            rows = index.search(vector, max(candidates, k))
            found += min(int(np.count_nonzero(scores[rows] >= score)), k)
    return found / (k * len(vectors))
