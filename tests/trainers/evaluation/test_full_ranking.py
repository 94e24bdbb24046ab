"""A model's own answers on a given split."""

import numpy as np
import pytest
from scipy import sparse

from recommender_models.neighbours import NeighbourLists
from recommender_models.popularity import PopularRanking
from trainers.evaluation import full_ranking
from trainers.evaluation.full_ranking import rank_all
from trainers.evaluation.given_split import Events, GivenSplit

POPULAR = PopularRanking(np.arange(6, dtype=np.int32), np.arange(6, 0, -1, dtype=np.float32))


def split(train, test, negatives=None) -> GivenSplit:
    """Rows of items, a row a user."""
    nothing = Events(*(np.empty(0, dtype=one) for one in (np.int32, np.int32, np.float64)))
    return GivenSplit(_matrix(train), _matrix(test), nothing, negatives)


def _matrix(rows):
    whole = np.zeros((len(rows), 6), dtype=np.float32)
    for user, items in enumerate(rows):
        whole[user, items] = 1
    return sparse.csr_matrix(whole)


def test_items_of_the_training_side_are_left_out_and_users_without_both_sides_not_asked():
    given = split([[0, 1], [0], [], [5]], [[2, 5], [], [1], [0]])

    means = rank_all(POPULAR, given, (2,), processes=1)

    assert means.users == 2, "one has no test side, one no past"
    assert means.figures["recall@2"] == pytest.approx((1 / 2 + 1) / 2)
    best_of_two = 1 + 1 / np.log2(3)
    assert means.figures["ndcg@2"] == pytest.approx((1 / best_of_two + 1) / 2)
    assert means.figures["hit_rate@2"] == 1.0


def test_listed_negatives_are_all_that_the_right_item_is_ranked_among():
    given = split([[0], [0]], [[4], [5]], {0: np.array([3, 5], np.int32), 1: np.array([3, 4])})

    means = rank_all(POPULAR, given, (2,), processes=1)

    assert means.figures["hit_rate@2"] == pytest.approx(1 / 2), (
        "second of three, and third of three"
    )
    assert means.figures["ndcg@2"] == pytest.approx((1 / np.log2(3)) / 2)


def test_a_model_that_scores_given_rows_is_asked_for_those():
    lists = NeighbourLists(
        np.array([[2, 5]] + [[-1, -1]] * 5, dtype=np.int32), np.full((6, 2), 0.5, dtype=np.float32)
    )
    given = split([[0]], [[5]], {0: np.array([3, 4], dtype=np.int32)})

    assert rank_all(lists, given, (1,), processes=1).figures["hit_rate@1"] == 1.0


def test_blocks_and_processes_change_nothing(monkeypatch):
    rng = np.random.default_rng(2)
    train, test = (rng.random((50, 6)) < 0.4 for _ in range(2))
    sides = [[np.flatnonzero(row) for row in side] for side in (train, test & ~train)]
    alone = rank_all(POPULAR, split(*sides), (1, 3), processes=1)

    monkeypatch.setattr(full_ranking, "BLOCK", 7)

    divided = rank_all(POPULAR, split(*sides), (1, 3), processes=2)
    assert divided.users == alone.users
    assert divided.figures == pytest.approx(alone.figures)
