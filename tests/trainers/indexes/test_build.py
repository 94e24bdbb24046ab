"""The index over item vectors: exact while that is cheap, and nearly so beyond."""

from pathlib import Path

import faiss
import numpy as np
import pytest

from recommender_models.index_search import ItemIndex
from trainers.indexes.build import build_index
from trainers.indexes.recall import index_recall

CODES = {"exact_limit": 10, "scan_limit": 10**9}
CELLS = {"exact_limit": 10, "scan_limit": 10}
EITHER = pytest.mark.parametrize("limits", [CODES, CELLS], ids=["codes", "cells"])


def exact(vectors, query, n):
    scores = vectors @ query
    scores[~vectors.any(axis=1)] = -np.inf
    return set(np.argsort(-scores)[:n].tolist())


def test_a_flat_index_finds_exactly_what_exact_search_finds(model):
    vectors = np.asarray(model.item_factors)
    index = build_index(vectors)

    for query in np.asarray(model._user_factors)[:100]:
        assert set(index.search(query, 20).tolist()) == exact(vectors, query, 20)


@pytest.mark.parametrize(("scan_limit", "kind"), [(10_000, "codes"), (10, "ivf")])
def test_beyond_the_limit_codes_or_cells_of_them_find_nearly_all(model, scan_limit, kind):
    vectors, users = np.asarray(model.item_factors), np.asarray(model._user_factors)
    index = build_index(vectors, users, exact_limit=10, scan_limit=scan_limit)

    assert index.kind == kind
    assert index_recall(index, vectors, users[:200]) > 0.98


def test_of_cells_some_are_looked_into():
    vectors, queries = nowhere(4_000)
    index = build_index(vectors, queries, 0.5, **CELLS)

    assert index.kind == "ivf"
    assert index._index.nprobe < index._index.nlist


def test_codes_find_the_long_among_many_short_vectors():
    """As popular items are: few, and far from where most are."""
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(5_000, 32)).astype(np.float32)
    vectors[:200] *= 60
    users = rng.normal(size=(100, 32)).astype(np.float32)

    assert index_recall(build_index(vectors, **CODES), vectors, users) > 0.99


def nowhere(count):
    """Vectors that are alike in nothing, and questions that are like none of them."""
    rng = np.random.default_rng(1)
    return (rng.normal(size=(n, 48)).astype(np.float32) for n in (count, 200))


def test_where_cells_hold_too_little_more_are_looked_into_and_then_all_codes():
    vectors, queries = nowhere(4_000)

    lazy = build_index(vectors, **CELLS)
    eager = build_index(vectors, queries, 0.5, **CELLS)
    thorough = build_index(vectors, queries, 0.99, **CELLS)

    recalls = [index_recall(one, vectors, queries) for one in (lazy, eager, thorough)]
    assert [one.kind for one in (lazy, eager, thorough)] == ["ivf", "ivf", "codes"]
    assert recalls[0] < 0.5 <= recalls[1] < 0.99 <= recalls[2]


@EITHER
def test_where_nothing_finds_enough_search_is_exact(limits):
    vectors, queries = nowhere(4_000)

    index = build_index(vectors, queries, 1.01, **limits)

    assert index.kind == "flat"
    assert index_recall(index, vectors, queries, candidates=20) == 1.0


@EITHER
def test_an_index_is_opened_again_and_finds_the_same_with_the_same_effort(tmp_path, limits):
    vectors, queries = nowhere(4_000)
    index = build_index(vectors, queries, 0.6, **limits)

    index.save(tmp_path)
    opened = ItemIndex.from_path(tmp_path)

    assert opened.kind == index.kind
    for query in queries[:20]:
        assert opened.search(query, 50).tolist() == index.search(query, 50).tolist()


def test_an_index_of_an_older_training_is_still_asked(tmp_path):
    vectors, queries = nowhere(500)
    graph = faiss.IndexHNSWFlat(48, 16, faiss.METRIC_INNER_PRODUCT)
    graph.add(vectors)
    index = ItemIndex(graph, np.arange(500, dtype=np.int32))
    index.save(tmp_path)

    opened = ItemIndex.from_path(tmp_path)

    assert opened.kind == "hnsw"
    assert opened.search(queries[0], 9).tolist() == index.search(queries[0], 9).tolist()


def anonymous_mb():
    """Memory of this process that no file stands behind."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells RssAnon")
@pytest.mark.parametrize(
    ("limits", "share"), [({"exact_limit": 10**9}, 0.1), (CODES, 0.25), (CELLS, 0.5)]
)
def test_an_opened_index_is_mapped_or_small_beside_its_vectors(tmp_path, limits, share):
    vectors = np.random.default_rng(2).normal(size=(30_000, 256)).astype(np.float32)
    build_index(vectors, **limits).save(tmp_path)

    before = anonymous_mb()
    opened = ItemIndex.from_path(tmp_path)
    opened.search(vectors[0], 10)

    assert anonymous_mb() - before < share * vectors.nbytes / 2**20


@pytest.mark.parametrize("more", [0, 1])
def test_the_limit_itself_is_still_searched_exactly(more):
    vectors = np.random.default_rng(1).normal(size=(50 + more, 4)).astype(np.float32)

    index = build_index(vectors, exact_limit=50)

    assert index.kind == ("codes" if more else "flat")


@EITHER
def test_the_same_vectors_give_the_same_index_whatever_the_threads(tmp_path, limits):
    vectors = np.random.default_rng(1).normal(size=(800, 8)).astype(np.float32)
    threads = faiss.omp_get_max_threads()

    for name in ("one", "other"):
        build_index(vectors, **limits).save(tmp_path / name)

    assert (tmp_path / "one/index.faiss").read_bytes() == (
        tmp_path / "other/index.faiss"
    ).read_bytes()
    assert faiss.omp_get_max_threads() == threads


def test_items_without_a_vector_are_not_in_the_index():
    vectors = np.eye(4, dtype=np.float32)
    vectors[2] = 0

    index = build_index(vectors)

    assert sorted(index.search(np.ones(4, dtype=np.float32), 9).tolist()) == [0, 1, 3]
    assert len(build_index(np.zeros((3, 4), dtype=np.float32))) == 0
