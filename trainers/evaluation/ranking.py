"""
Metrics of ranked lists against what really came next. Pure, vectorised over queries.

All are per query, over the full ranking (no sampled negatives: Krichene and Rendle, KDD 2020).
Binary relevance; NDCG with a gain of 1 and a discount of log2(rank + 1), ideal cut at k.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender_models.protocol import Ranked, Rows

Values = NDArray[np.float64]
Found = NDArray[np.bool_]
Shown = NDArray[np.int32]


def shown(answers: Sequence[Ranked], k: int) -> Shown:
    """[queries, k]: the first k rows of each answer; -1 fills up short ones."""
    heads = [answer.rows[:k] for answer in answers]
    lengths = np.array([len(rows) for rows in heads], dtype=np.int64)
    table = np.full((len(heads), k), -1, dtype=np.int32)
    if heads:
        table[np.arange(k) < lengths[:, None]] = np.concatenate(heads)
    return table


def hits(answers: Sequence[Ranked], relevant: Sequence[Rows], k: int) -> Found:
    """[queries, k]: whether the item at each rank is relevant; short answers count as misses."""
    return among(shown(answers, k), relevant)


def among(table: Shown, relevant: Sequence[Rows]) -> Found:
    """The same, of answers that stand in a table already."""
    wanted = np.concatenate([*relevant, np.empty(0, dtype=np.int32)]).astype(np.int64)
    if not len(wanted) or not table.size:
        return np.zeros(table.shape, dtype=bool)
    width = max(int(wanted.max()), int(table.max())) + 1
    query = np.repeat(np.arange(len(relevant)), [len(rows) for rows in relevant])
    keys = np.sort(query * width + wanted)
    # A place that nothing fills must not be taken for the last item of the query before.
    asked = np.where(table >= 0, np.arange(len(table))[:, None] * width + table, -1)
    at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    found: Found = keys[at] == asked
    return found


def recall(found: Found, relevant_counts: NDArray[np.int64]) -> Values:
    """Share of the relevant items that were found."""
    share: Values = found.sum(axis=1) / np.maximum(relevant_counts, 1)
    return share


def precision(found: Found) -> Values:
    """Share of the k places that hold something relevant; a place left empty holds nothing."""
    return np.asarray(found.mean(axis=1), dtype=np.float64)


def ndcg(found: Found, relevant_counts: NDArray[np.int64]) -> Values:
    """Discounted gain, 1 for the best possible order (Järvelin and Kekäläinen, TOIS 2002)."""
    discounts = 1.0 / np.log2(np.arange(found.shape[1]) + 2.0)
    best = np.concatenate([[0.0], np.cumsum(discounts)])
    ideal = best[np.minimum(relevant_counts, found.shape[1])]
    gain: Values = (found @ discounts) / np.maximum(ideal, discounts[-1])
    return gain


def average_precision(found: Found, relevant_counts: NDArray[np.int64]) -> Values:
    """
    The precision at each relevant item's rank, summed, over min(k, relevant items).

    Its mean is MAP@k (Manning, Raghavan and Schütze, "Introduction to Information Retrieval",
    8.4), cut as NDCG is, so that 1 can be reached.
    """
    at_rank = np.cumsum(found, axis=1) / np.arange(1, found.shape[1] + 1)
    most = np.clip(relevant_counts, 1, found.shape[1])
    values: Values = (at_rank * found).sum(axis=1) / most
    return values


def reciprocal_rank(found: Found) -> Values:
    """1 / rank of the first relevant item, 0 for none."""
    first: NDArray[np.int64] = np.argmax(found, axis=1)
    ranks: Values = found.any(axis=1).astype(np.float64) / (first + 1.0)
    return ranks


def hit(found: Found) -> Values:
    """1 where anything relevant was found."""
    return np.asarray(found.any(axis=1), dtype=np.float64)


def accuracy(
    found: Found, relevant_counts: NDArray[np.int64], cuts: Sequence[int]
) -> dict[str, Values]:
    """Every figure of this page at every cut, by its name (`ndcg@10`): one value a query."""
    by_name: dict[str, Values] = {}
    for k in cuts:
        head = found[:, :k]
        by_name |= {
            f"recall@{k}": recall(head, relevant_counts),
            f"precision@{k}": precision(head),
            f"ndcg@{k}": ndcg(head, relevant_counts),
            f"map@{k}": average_precision(head, relevant_counts),
            f"mrr@{k}": reciprocal_rank(head),
            f"hit_rate@{k}": hit(head),
        }
    return by_name


def by_owner(values: Values, owner: NDArray[np.int64]) -> Values:
    """The mean of each owner's queries, in order of the owners."""
    _, where = np.unique(owner, return_inverse=True)
    means: Values = np.bincount(where, weights=values) / np.bincount(where)
    return means
