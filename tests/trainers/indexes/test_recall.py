"""What an index loses, measured."""

import numpy as np

from trainers.indexes.build import build_index
from trainers.indexes.recall import index_recall


def test_recall_is_whole_for_an_exact_index_and_less_for_one_that_misses(model):
    vectors, users = np.asarray(model.item_factors), np.asarray(model._user_factors)[:50]
    half = np.where(np.arange(len(vectors))[:, None] % 2, vectors, np.float32(0))

    assert index_recall(build_index(vectors), vectors, users) == 1.0
    assert 0.2 < index_recall(build_index(half), vectors, users) < 0.8


def test_of_items_that_tie_with_the_last_any_will_do():
    vectors = np.ones((300, 4), dtype=np.float32)

    assert index_recall(build_index(vectors), vectors, vectors[:3], candidates=20) == 1.0


def test_without_users_or_items_there_is_no_recall():
    some, none = np.ones((3, 4), dtype=np.float32), np.zeros((0, 4), dtype=np.float32)

    assert np.isnan(index_recall(build_index(some), some, none))
    assert np.isnan(index_recall(build_index(none), none, some))
    assert index_recall(build_index(some), some, some) == 1.0
