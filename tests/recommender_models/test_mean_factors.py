"""Mean factors: somebody is the mean of what they did, and items' biases count for everybody."""

import numpy as np
import pytest

from recommender_models.protocol import History
from tests.recommender_models.made import history, mean_factors, rows

MODEL = mean_factors()
VECTORS = np.asarray(MODEL.item_factors)
WITHOUT_VECTOR = len(VECTORS) - 1


def test_a_vector_is_the_weighted_mean_of_the_items_with_one_for_the_bias():
    weights = np.array([1.0, 5.0], dtype=np.float32)
    said = np.log1p(weights)
    expected = (VECTORS[3] * said[0] + VECTORS[17] * said[1]) / said.sum()

    vector = MODEL.vector(History(rows=rows(3, 17), weights=weights))

    assert vector[:-1] == pytest.approx(expected[:-1], rel=1e-5)
    assert vector[-1] == 1


def test_a_user_of_the_bundle_and_a_stranger_with_the_same_history_are_answered_alike():
    known = history(3, 17, stored_row=4, is_newer=False)

    assert MODEL.vector(known).tolist() == MODEL.vector(history(3, 17)).tolist()


def test_an_item_without_a_vector_takes_no_share_of_the_mean():
    assert MODEL.vector(history(3, WITHOUT_VECTOR)).tolist() == MODEL.vector(history(3)).tolist()


@pytest.mark.parametrize("nobody", [history(), history(WITHOUT_VECTOR), history(10_000)])
def test_nothing_is_recommended_to_somebody_of_whom_nothing_is_known(nobody):
    assert MODEL.vector(nobody) is None
    assert not len(MODEL.recommend([nobody], 5)[0].rows)
