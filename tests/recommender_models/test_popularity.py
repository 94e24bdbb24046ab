"""One ranking for everybody."""

import numpy as np

from recommender_models.popularity import PopularRanking
from tests.recommender_models.made import history, popular_ranking, rows


def test_everybody_gets_the_top_without_what_they_exclude():
    popular = popular_ranking(5)

    answers = popular.recommend([history(), history(excluded=(4, 2))], 2)

    assert [answer.rows.tolist() for answer in answers] == [[4, 3], [3, 1]]
    assert popular.top(2).rows.tolist() == [4, 3]
    assert len(popular) == 5


def test_beside_an_item_stands_the_top_without_the_item():
    answers = popular_ranking(4).similar_items(rows(3, 0), 9)

    assert [answer.rows.tolist() for answer in answers] == [[2, 1, 0], [3, 2, 1]]


def test_an_empty_ranking_answers_nothing():
    empty = PopularRanking(rows(), np.empty(0, dtype=np.float32))

    assert not len(empty.recommend([history(excluded=(1,))], 3)[0].rows)
    assert not len(empty.top(3).rows)
