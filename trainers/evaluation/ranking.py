"""
Metrics of ranked lists against what really came next. Pure, vectorised over queries.

All are per query, over the full ranking (no sampled negatives: Krichene and Rendle, KDD 2020).
Binary relevance; NDCG with a gain of 1 and a discount of log2(rank + 1), ideal cut at k.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender_models.protocol import Ranked

Values = NDArray[np.float64]


def hits(
    answers: Sequence[Ranked], relevant: Sequence[NDArray[np.int32]], k: int
) -> NDArray[np.bool_]:
    """[queries, k]: whether the item at each rank is relevant; short answers count as misses."""
    found = np.zeros((len(answers), k), dtype=bool)
    for at, (answer, wanted) in enumerate(zip(answers, relevant, strict=True)):
        rows = answer.rows[:k]
        found[at, : len(rows)] = np.isin(rows, wanted)
    return found


def recall(found: NDArray[np.bool_], relevant_counts: NDArray[np.int64]) -> Values:
    """Share of the relevant items that were found."""
    share: Values = found.sum(axis=1) / np.maximum(relevant_counts, 1)
    return share


def ndcg(found: NDArray[np.bool_], relevant_counts: NDArray[np.int64]) -> Values:
    """Discounted gain, 1 for the best possible order (Järvelin and Kekäläinen, TOIS 2002)."""
    discounts = 1.0 / np.log2(np.arange(found.shape[1]) + 2.0)
    best = np.concatenate([[0.0], np.cumsum(discounts)])
    ideal = best[np.minimum(relevant_counts, found.shape[1])]
    gain: Values = (found @ discounts) / np.maximum(ideal, discounts[-1])
    return gain


def reciprocal_rank(found: NDArray[np.bool_]) -> Values:
    """1 / rank of the first relevant item, 0 for none."""
    first: NDArray[np.int64] = np.argmax(found, axis=1)
    ranks: Values = found.any(axis=1).astype(np.float64) / (first + 1.0)
    return ranks


def hit(found: NDArray[np.bool_]) -> Values:
    """1 where anything relevant was found."""
    return np.asarray(found.any(axis=1), dtype=np.float64)
