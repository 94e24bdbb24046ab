"""Neighbour lists: a look-up for items, a weighted sum for users."""

import numpy as np
import pytest

from recommender_models.neighbours import NeighbourLists
from tests.recommender_models.made import history, rows

LISTS = NeighbourLists(
    np.array([[1, 2], [0, -1], [0, 3], [-1, -1]], dtype=np.int32),
    np.array([[0.5, 0.4], [0.9, 0], [0.3, 0.2], [0, 0]], dtype=np.float32),
)


def test_similar_items_are_the_list_without_its_filling():
    answers = LISTS.similar_items(rows(0, 1, 3), 2)

    assert [answer.rows.tolist() for answer in answers] == [[1, 2], [0], []]


@pytest.mark.parametrize("row", [-1, 4, 99])
def test_an_item_that_the_lists_do_not_know_has_no_neighbours(row):
    assert not len(LISTS.similar_items(rows(row), 2)[0].rows)


def test_a_user_gets_the_lists_of_what_they_did_summed_by_weight():
    answer = LISTS.recommend([history(1, 2, weight=np.e - 1)], 5)[0]

    assert answer.rows.tolist() == [0, 3]
    assert answer.scores.tolist() == pytest.approx([0.9 + 0.3, 0.2])


def test_a_user_without_a_past_and_one_of_unknown_items_get_nothing():
    answers = LISTS.recommend([history(), history(77)], 5)

    assert [len(answer.rows) for answer in answers] == [0, 0]


def test_ranking_among_rows_scores_them_as_recommending_does():
    one = history(1, 2, excluded=(3,))

    everything = LISTS.recommend([one], 9)[0]
    among = LISTS.rank_among(one, rows(0, 2, 3), 9)

    assert among.rows.tolist() == [0]
    assert among.scores.tolist() == everything.scores.tolist()
