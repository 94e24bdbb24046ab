"""
Build the index that a model's item vectors are searched with: exact while that is cheap, then codes
of half a byte a number, then cells of them; and exact again where neither finds what is asked of
it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from recommender_models.index_search import ItemIndex

from .recall import index_recall

Vectors = NDArray[np.float32]

EXACT_LIMIT = 20_000
"""Exact search over as many × 64 floats takes 0.2 ms of a core; of their codes, 0.05 ms."""
SCAN_LIMIT = 300_000
"""The codes of as many are gone through in 0.3 ms; cells of them take longer to build."""
LEAST_RECALL = 0.95

CODE_BITS = 4
LEARNED_FROM = 4096
"""Vectors that the codes are learned from: more take longer, and are no better."""
LENGTH_POWER = 1.5
"""How much likelier a long vector is to be among them: the long ones are what is found."""

CELLS_PER_ROOT = 4
"""Times the root of the number of items: how many cells there are."""
TRAINED_ON = 64
"""Items a cell that the cells' middles are learned from."""
SHARE_LOOKED_AT = 1 / 32
"""Of the cells, at first."""

EFFORTS = (1, 2, 4, 8)
"""Times the first effort of a search of cells; the first that finds enough is taken."""
QUERIES = 200


def build_index(
    item_factors: Vectors,
    queries: Vectors | None = None,
    least_recall: float = LEAST_RECALL,
    exact_limit: int = EXACT_LIMIT,
    scan_limit: int = SCAN_LIMIT,
) -> ItemIndex:
    """
    An index for inner products over the items that have a vector; the same for the same vectors.

    Flat up to `exact_limit` items. Up to `scan_limit` codes, all of which a search goes through
    (product quantization, a code a number: Jégou, Douze and Schmid, PAMI 2011; with tables in
    registers: André, Kermarrec and Le Scouarnec, PAMI 2021). Beyond it such codes in cells around
    learned middles (IVF), of which only the nearest are looked into.

    Args:
        item_factors: [items, factors].
        queries: vectors as they will be asked for, some of which the index is tried with; not
            tried if not given.
        least_recall: share of the exact best that it must find of them; where it does not with any
            effort the index is flat.
        exact_limit: so many items are searched exactly.
        scan_limit: so many are searched by going through the codes of all.
    """
    rows = np.flatnonzero(item_factors.any(axis=1)).astype(np.int32)
    vectors = np.ascontiguousarray(item_factors[rows], dtype=np.float32)
    if len(rows) <= exact_limit:
        return ItemIndex(_flat(vectors), rows)
    asked = _some(queries)
    for build in (_scan,) if len(rows) <= scan_limit else (_cells, _scan):
        for faiss_index in build(vectors):
            index = ItemIndex(faiss_index, rows)
            if asked is None or index_recall(index, item_factors, asked) >= least_recall:
                return index
    return ItemIndex(_flat(vectors), rows)


def _some(queries: Vectors | None) -> Vectors | None:
    """Spread over all of them; None where there is nothing to ask."""
    if queries is None:
        return None
    said = np.flatnonzero(queries.any(axis=1))
    if not len(said):
        return None
    chosen: Vectors = queries[said[np.linspace(0, len(said) - 1, QUERIES).astype(int)]]
    return chosen


def _flat(vectors: Vectors) -> Any:
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return index


def _scan(vectors: Vectors) -> Iterator[Any]:
    width = vectors.shape[1]
    index = faiss.IndexPQFastScan(width, width, CODE_BITS, faiss.METRIC_INNER_PRODUCT)
    index.pq.cp.min_points_per_centroid = 1
    with _one_thread():
        index.train(_telling(vectors))
        index.add(vectors)
    yield index


def _cells(vectors: Vectors) -> Iterator[Any]:
    """Each time with more of the cells looked into."""
    width, count = vectors.shape[1], max(1, int(CELLS_PER_ROOT * np.sqrt(len(vectors))))
    middles = faiss.IndexFlatIP(width)
    index = faiss.IndexIVFPQFastScan(
        middles, width, count, width, CODE_BITS, faiss.METRIC_INNER_PRODUCT
    )
    index.by_residual = False
    index.pq.cp.min_points_per_centroid = 1
    with _one_thread():
        middles.add(_middles(vectors, count))
        index.train(_telling(vectors))
        index.add(vectors)
    for effort in EFFORTS:
        index.nprobe = max(1, int(count * SHARE_LOOKED_AT * effort))
        yield index


def _middles(vectors: Vectors, count: int) -> Vectors:
    learned = faiss.Kmeans(
        vectors.shape[1],
        count,
        niter=10,
        spherical=True,
        max_points_per_centroid=TRAINED_ON,
        min_points_per_centroid=1,
    )
    learned.train(vectors)
    return np.asarray(learned.centroids)


def _telling(vectors: Vectors) -> Vectors:
    """Some vectors to learn codes from."""
    weights = np.linalg.norm(vectors, axis=1).astype(np.float64) ** LENGTH_POWER
    chosen = np.random.default_rng(0).choice(len(vectors), LEARNED_FROM, p=weights / weights.sum())
    return vectors[chosen]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Several threads would give another index each time."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
