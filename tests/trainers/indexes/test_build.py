"""The index over item vectors: exact while that is cheap, and nearly so beyond."""

import faiss
import numpy as np
import pytest

from trainers.indexes.build import build_index


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


@pytest.mark.parametrize("more", [0, 1])
def test_the_limit_itself_is_still_searched_exactly(more):
    vectors = np.random.default_rng(1).normal(size=(50 + more, 4)).astype(np.float32)

    index = build_index(vectors, exact_limit=50)

    assert isinstance(index._index, faiss.IndexHNSWFlat) == bool(more)


def test_the_same_vectors_give_the_same_graph_whatever_the_threads(tmp_path):
    vectors = np.random.default_rng(1).normal(size=(800, 8)).astype(np.float32)
    threads = faiss.omp_get_max_threads()

    for name in ("one", "other"):
        build_index(vectors, exact_limit=10).save(tmp_path / name)

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
