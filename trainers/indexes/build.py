"""
Build the index that a model's item vectors are searched with: exact while that is cheap, then a
graph, then cells; and exact again where neither finds what is asked of it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from recommender_models.index_search import ItemIndex

from .recall import index_recall

Vectors = NDArray[np.float32]

EXACT_LIMIT = 50_000
"""Exact search over as many × 64 floats takes 0.4 ms of a core; a graph asked for 256, 0.3 ms."""
GRAPH_LIMIT = 400_000
"""Beyond, a graph takes minutes to build on one thread, and twice the memory of the vectors."""
LEAST_RECALL = 0.95

LINKS = 32
EF_CONSTRUCTION = 120
EF_SEARCH = 128

CELLS_PER_ROOT = 4
"""Times the root of the number of items: how many cells there are."""
TRAINED_ON = 64
"""Items a cell that the cells' middles are learned from."""
SHARE_LOOKED_AT = 1 / 64
"""Of the cells, at first."""

EFFORTS = (1, 2, 4, 8)
"""Times the first effort of a search; the first that finds enough is taken."""
QUERIES = 200


def build_index(
    item_factors: Vectors,
    queries: Vectors | None = None,
    least_recall: float = LEAST_RECALL,
    exact_limit: int = EXACT_LIMIT,
    graph_limit: int = GRAPH_LIMIT,
) -> ItemIndex:
    """
    An index for inner products over the items that have a vector; the same for the same vectors.

    Flat up to `exact_limit` items; up to `graph_limit` HNSW (Malkov and Yashunin, 2018); beyond it
    cells around learned middles (IVF), of which only the nearest are looked into. Where a
    graph finds too little with any effort, cells are tried in its place.

    Args:
        item_factors: [items, factors].
        queries: vectors as they will be asked for, some of which the index is tried with; not
            tried if not given.
        least_recall: share of the exact best that it must find of them; where it does not with any
            effort the index is flat.
        exact_limit: so many items are searched exactly.
        graph_limit: so many are searched by a graph.
    """
    rows = np.flatnonzero(item_factors.any(axis=1)).astype(np.int32)
    vectors = np.ascontiguousarray(item_factors[rows], dtype=np.float32)
    if len(rows) <= exact_limit:
        return ItemIndex(_flat(vectors), rows)
    asked = _some(queries)
    for build in (_graph, _cells) if len(rows) <= graph_limit else (_cells,):
        with _one_thread():
            faiss_index, set_effort = build(vectors)
        index = ItemIndex(faiss_index, rows)
        for effort in EFFORTS:
            set_effort(effort)
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


def _graph(vectors: Vectors) -> tuple[Any, Callable[[int], None]]:
    index = faiss.IndexHNSWFlat(vectors.shape[1], LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = EF_CONSTRUCTION
    index.add(vectors)

    def set_effort(times: int) -> None:
        index.hnsw.efSearch = EF_SEARCH * times

    return index, set_effort


def _cells(vectors: Vectors) -> tuple[Any, Callable[[int], None]]:
    width = vectors.shape[1]
    count = max(1, int(CELLS_PER_ROOT * np.sqrt(len(vectors))))
    middles = faiss.IndexFlatIP(width)
    index = faiss.IndexIVFFlat(middles, width, count, faiss.METRIC_INNER_PRODUCT)
    index.cp.max_points_per_centroid = TRAINED_ON
    index.cp.min_points_per_centroid = 1
    index.train(vectors)
    index.add(vectors)

    def set_effort(times: int) -> None:
        index.nprobe = max(1, int(count * SHARE_LOOKED_AT * times))

    return index, set_effort


@contextmanager
def _one_thread() -> Iterator[None]:
    """Several threads would give another index each time."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
