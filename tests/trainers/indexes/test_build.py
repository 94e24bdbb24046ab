"""The index over item vectors: exact while that is cheap, and nearly so beyond."""

from pathlib import Path

import faiss
import numpy as np
import pytest

from recommender_models.index_search import ItemIndex
from trainers.indexes.build import build_index
from trainers.indexes.recall import index_recall


def exact(vectors, query, n):
    scores = vectors @ query
    scores[~vectors.any(axis=1)] = -np.inf
    return set(np.argsort(-scores)[:n].tolist())


def test_a_flat_index_finds_exactly_what_exact_search_finds(model):
    vectors = np.asarray(model.item_factors)
    index = build_index(vectors)

    for query in np.asarray(model._user_factors)[:100]:
        assert set(index.search(query, 20).tolist()) == exact(vectors, query, 20)


def test_beyond_the_limit_the_index_is_a_graph_that_finds_nearly_all(model):
    vectors = np.asarray(model.item_factors)
    index = build_index(vectors, exact_limit=1_000)

    found = [
        len(set(index.search(query, 256).tolist()) & exact(vectors, query, 20))
        for query in np.asarray(model._user_factors)[:200]
    ]

    assert isinstance(index._index, faiss.IndexHNSWFlat)
    assert np.mean(found) / 20 > 0.98


def test_beyond_the_next_limit_it_looks_into_some_cells_that_hold_nearly_all(model):
    vectors, users = np.asarray(model.item_factors), np.asarray(model._user_factors)
    index = build_index(vectors, users, exact_limit=10, graph_limit=1_000)

    assert index.kind == "ivf"
    assert index._index.nprobe < index._index.nlist
    assert index_recall(index, vectors, users[:200]) > 0.95


def nowhere(count):
    """Vectors that are alike in nothing, and questions that are like none of them."""
    rng = np.random.default_rng(1)
    return (rng.normal(size=(n, 48)).astype(np.float32) for n in (count, 200))


@pytest.mark.parametrize("graph_limit", [10, 10_000], ids=["cells", "graph"])
def test_where_an_index_finds_too_little_more_effort_is_made_and_then_search_is_exact(graph_limit):
    vectors, queries = nowhere(4_000)
    limits = {"exact_limit": 10, "graph_limit": graph_limit}

    lazy = build_index(vectors, **limits)
    eager = build_index(vectors, queries, 0.5, **limits)
    whole = build_index(vectors, queries, 1.01, **limits)

    recalls = [index_recall(one, vectors, queries, candidates=20) for one in (lazy, eager, whole)]
    assert lazy.kind == eager.kind != whole.kind == "flat"
    assert recalls[0] < recalls[2] == 1.0
    assert index_recall(eager, vectors, queries) >= 0.5


@pytest.mark.parametrize("graph_limit", [10, 10_000], ids=["cells", "graph"])
def test_an_index_is_mapped_and_finds_the_same_with_the_same_effort(tmp_path, graph_limit):
    vectors, queries = nowhere(4_000)
    index = build_index(vectors, queries, 0.6, exact_limit=10, graph_limit=graph_limit)

    index.save(tmp_path)
    opened = ItemIndex.from_path(tmp_path)

    assert opened.kind == index.kind
    for query in queries[:20]:
        assert opened.search(query, 50).tolist() == index.search(query, 50).tolist()


def anonymous_mb():
    """Memory of this process that no file stands behind."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells RssAnon")
@pytest.mark.parametrize("graph_limit", [10, 10**9], ids=["cells", "graph"])
def test_a_mapped_index_takes_no_memory_of_its_own(tmp_path, graph_limit, monkeypatch):
    monkeypatch.setattr("trainers.indexes.build.EF_CONSTRUCTION", 8)
    vectors = np.random.default_rng(2).normal(size=(30_000, 256)).astype(np.float32)
    build_index(vectors, exact_limit=10, graph_limit=graph_limit).save(tmp_path)

    before = anonymous_mb()
    opened = ItemIndex.from_path(tmp_path)
    opened.search(vectors[0], 10)

    assert (tmp_path / "index.faiss").stat().st_size > 30_000_000
    assert anonymous_mb() - before < 10


@pytest.mark.parametrize("more", [0, 1])
def test_the_limit_itself_is_still_searched_exactly(more):
    vectors = np.random.default_rng(1).normal(size=(50 + more, 4)).astype(np.float32)

    index = build_index(vectors, exact_limit=50)

    assert isinstance(index._index, faiss.IndexHNSWFlat) == bool(more)


@pytest.mark.parametrize("graph_limit", [10, 10_000], ids=["cells", "graph"])
def test_the_same_vectors_give_the_same_index_whatever_the_threads(tmp_path, graph_limit):
    vectors = np.random.default_rng(1).normal(size=(800, 8)).astype(np.float32)
    threads = faiss.omp_get_max_threads()

    for name in ("one", "other"):
        build_index(vectors, exact_limit=10, graph_limit=graph_limit).save(tmp_path / name)

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


def test_cells_take_the_place_of_a_graph_that_finds_too_little():
    """Tastes that lie apart: a graph may not lead from one to the other."""
    rng = np.random.default_rng(4)
    tastes = rng.normal(size=(30, 32))
    vectors, queries = (
        (tastes[rng.integers(0, 30, count)] + 0.05 * rng.normal(size=(count, 32))).astype("f4")
        for count in (6_000, 200)
    )

    index = build_index(vectors, queries, 0.9999, exact_limit=10, graph_limit=10_000)

    assert index.kind == "ivf"
    assert index_recall(index, vectors, queries) >= 0.9999
