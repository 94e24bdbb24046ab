"""Nearest neighbours: lists, support, shrinkage."""

import numpy as np
import pytest
from scipy import sparse

from tests.conformance.test_recipes import fitted
from tests.trainers.datasets.made import interactions
from trainers.recipes.item_knn import to_lists
from trainers.recipes.protocol import TrainingData


def data_of(*rows: list[int]) -> TrainingData:
    """A row an actor, a column an item."""
    matrix = sparse.csr_matrix(np.array(rows, dtype=np.float32))
    return TrainingData(matrix, matrix.shape[0], interactions(), 1)


def test_lists_are_sorted_by_score_then_row_and_never_hold_the_item_itself():
    similar = sparse.csr_matrix(
        np.array([[9, 2, 5, 2], [0, 9, 0, 0], [1, -1, 9, 3], [0, 0, 0, 9]], dtype=np.float32)
    )

    lists = to_lists(similar, 2).similar_items(np.arange(4, dtype=np.int32), 9)

    assert [one.rows.tolist() for one in lists] == [[2, 1], [], [3, 0], []]
    assert lists[0].scores.tolist() == [5.0, 2.0]


def test_cosine_is_the_cosine_shrunk_by_how_few_met():
    data = data_of([1, 1, 0], [1, 1, 0], [1, 0, 1], [0, 0, 1])

    answer = fitted("cosine", data, shrinkage=2.0).similar_items(np.array([0], np.int32), 5)[0]

    cosine, met = 2 / np.sqrt(3 * 2), 2
    assert answer.rows.tolist() == [1], "the third met the first only once"
    assert answer.scores[0] == pytest.approx(cosine * met / (met + 2.0))


@pytest.mark.parametrize("name", ["cosine", "tfidf", "bm25"])
@pytest.mark.parametrize(("support", "met"), [(1, True), (2, True), (3, False)])
def test_two_items_are_neighbours_only_where_enough_people_had_both(name, support, met):
    data = data_of([1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 1])

    model = fitted(name, data, minimum_support=support)

    assert bool(len(model.similar_items(np.array([0], np.int32), 5)[0].rows)) == met


def test_rare_meetings_rank_below_frequent_ones_of_the_same_cosine():
    data = data_of(*[[1, 1, 0, 0]] * 8, *[[0, 0, 1, 1]] * 2, [1, 0, 1, 0], [1, 0, 1, 0])

    model = fitted("cosine", data, shrinkage=5.0)

    frequent = model.similar_items(np.array([1], np.int32), 1)[0]
    rare = model.similar_items(np.array([3], np.int32), 1)[0]
    assert frequent.scores[0] > 1.5 * rare.scores[0]
