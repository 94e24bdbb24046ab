"""Item weights: what a user did, times a sparse matrix."""

import numpy as np
import pytest

from recommender_models import item_weights
from recommender_models.item_weights import ItemWeights, strength
from recommender_models.protocol import History
from tests.recommender_models.made import history, rows
from tests.recommender_models.made import item_weights as made

WEIGHTS = ItemWeights(
    np.array([0, 3, 4, 6, 6], dtype=np.int64),
    np.array([0, 1, 2, 3, 1, 3], dtype=np.int32),
    np.array([9.0, 0.5, -0.5, 0.7, 0.2, 0.4], dtype=np.float32),
)


def test_a_user_gets_the_rows_of_what_they_did_summed_by_strength():
    answer = WEIGHTS.recommend([history(1, 2, weight=3.0)], 5)[0]

    assert answer.rows.tolist() == [3, 1]
    assert answer.scores.tolist() == pytest.approx([2 * (0.7 + 0.4), 2 * 0.2])


@pytest.mark.parametrize(
    ("ranks_all", "expected"),
    [(False, {3: 1.1 + 0.1, 1: 0.2 + 0.3}), (True, {3: 1.2, 1: 0.5, 0: 0.4, 2: 0.2})],
)
def test_priors_are_added_to_what_is_spoken_for_or_to_all(ranks_all, expected):
    bare = WEIGHTS._indptr, WEIGHTS._columns, WEIGHTS._weights
    priors = np.array([0.4, 0.3, 0.2, 0.1], dtype=np.float32)

    answer = ItemWeights(*bare, priors, ranks_all=ranks_all).recommend([history(1, 2)], 5)[0]

    told = dict(zip(answer.rows.tolist(), answer.scores.tolist(), strict=True))
    assert told == pytest.approx(expected)


def test_what_nothing_speaks_for_is_no_answer():
    assert WEIGHTS.recommend([history(0)], 5)[0].rows.tolist() == [0, 1]
    assert not len(WEIGHTS.recommend([history(3)], 5)[0].rows)
    assert not len(WEIGHTS.recommend([history(99)], 5)[0].rows)


def test_beside_an_item_stands_neither_itself_nor_what_it_speaks_against():
    answers = WEIGHTS.similar_items(rows(0, 3, 4, -1), 5)

    assert [answer.rows.tolist() for answer in answers] == [[1], [], [], []]


def test_an_event_of_weight_one_has_a_strength_of_one():
    assert strength(np.array([0.0, 1.0, 3.0], dtype=np.float32)).tolist() == [0.0, 1.0, 2.0]


def test_a_small_and_a_large_catalog_are_summed_alike(monkeypatch):
    model = made(200, 40)
    asked = [
        History(rows=np.arange(at, at + 9, dtype=np.int32), weights=np.arange(1, 10, dtype="f4"))
        for at in range(100)
    ]
    answers = []
    for limit in (0.0, 1e9):
        monkeypatch.setattr(item_weights, "SPARSE_BELOW", limit)
        answers.append(
            [(one.rows.tolist(), one.scores.tolist()) for one in model.recommend(asked, 50)]
        )

    assert answers[0] == answers[1]
