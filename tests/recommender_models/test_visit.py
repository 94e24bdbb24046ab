"""What somebody did last, as a model is asked about it."""

import numpy as np
import pytest

from recommender_models.visit import FADING, LENGTH, visit_history
from tests.recommender_models.made import rows


def told(history) -> dict[int, float]:
    return dict(zip(history.rows.tolist(), history.weights.tolist(), strict=True))


def test_each_earlier_deed_counts_less():
    assert told(visit_history([(4, 1.0), (2, 5.0)])) == pytest.approx({4: 1.0, 2: 5 * FADING})


def test_what_was_done_twice_counts_for_both():
    assert told(visit_history([(4, 1.0), (4, 1.0)])) == pytest.approx({4: 1 + FADING})


def test_what_is_unknown_or_says_nothing_takes_its_place_all_the_same():
    found = visit_history([(-1, 1.0), (3, 0.0), (4, 1.0)])

    assert told(found) == pytest.approx({4: FADING**2})


def test_only_the_newest_stand_for_it():
    assert len(visit_history((row, 1.0) for row in range(50)).rows) == LENGTH


def test_neither_what_was_done_nor_what_is_excluded_comes_back():
    found = visit_history([(4, 1.0), (2, 1.0)], rows(9, 2))

    assert found.excluded.tolist() == [2, 4, 9]
    assert found.excluded.dtype == np.int32


def test_nobody_did_nothing():
    assert not len(visit_history([]).rows)
