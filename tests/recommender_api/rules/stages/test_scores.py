"""What scores are multiplied by."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_api.rules.stages.scores import DAY_S, Ageing, factors_of, scaled

NOW_S = 1_000 * DAY_S
ROWS = np.arange(4, dtype=np.int32)


def ageing(*ages_days, half_life_days=10, at_least=0.1):
    times = np.array([NOW_S - age * DAY_S for age in ages_days])
    return Ageing("f", None, times, half_life_days * DAY_S, at_least)


def test_a_score_halves_with_each_half_life_down_to_the_least():
    factors = ageing(0, 10, 20, 1_000).factors(ROWS, None, NOW_S)

    assert factors.tolist() == pytest.approx([1, 0.5, 0.25, 0.1])


def test_what_has_no_age_counts_as_old_as_can_be_and_what_is_to_come_as_new():
    factors = ageing(float("nan"), -5).factors(ROWS[:2], None, NOW_S)

    assert factors.tolist() == pytest.approx([0.1, 1])


def test_factors_of_several_rules_multiply():
    known = np.array([1, 2, 1, 2], np.float32)

    factors = factors_of(ROWS, known, [ageing(0, 10, 10, 0)], None, NOW_S)

    assert factors.tolist() == pytest.approx([1, 1, 0.5, 2])
    assert known.tolist() == [1, 2, 1, 2]


def test_without_rules_there_are_no_factors():
    assert factors_of(ROWS, None, [], None, NOW_S) is None


@given(
    st.floats(-100, 100, width=32).filter(lambda x: x == 0 or abs(x) > 1e-3),
    st.floats(0.001953125, 512, width=32),
)
def test_a_factor_above_one_never_lowers_and_below_one_never_raises(score, factor):
    result = scaled(np.array([score, -1], np.float32), np.array([factor, 1], np.float32))[0]

    assert result >= np.float32(score) if factor >= 1 else result <= np.float32(score)
