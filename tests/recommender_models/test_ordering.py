"""The one order: scores descend, equal ones by row, however many are asked for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender_models.ordering import best, is_among, without
from tests.recommender_models.made import rows

FLOATS = st.floats(width=32, allow_nan=False)
SCORED = st.dictionaries(st.integers(0, 500), st.integers(-3, 3) | FLOATS, max_size=80)


def arrays(scored: dict[int, float]):
    return rows(*scored), np.array(list(scored.values()), dtype=np.float32)


@given(SCORED, st.integers(-1, 100))
def test_the_best_are_the_head_of_a_plain_sort(scored, n):
    found = best(*arrays(scored), n)

    expected = sorted(scored.items(), key=lambda pair: (-pair[1], pair[0]))[: max(n, 0)]
    assert list(zip(found.rows.tolist(), found.scores.tolist(), strict=True)) == expected


@given(SCORED, st.integers(0, 30), st.integers(0, 60))
def test_a_short_answer_is_the_head_of_a_long_one(scored, few, more):
    short, long = best(*arrays(scored), few), best(*arrays(scored), few + more)

    assert short.rows.tolist() == long.rows[:few].tolist()


@given(SCORED, st.sets(st.integers(0, 500)))
def test_what_is_excluded_is_gone_and_nothing_else(scored, excluded):
    kept, scores = without(*arrays(scored), rows(*excluded))

    pairs = dict(zip(kept.tolist(), scores.tolist(), strict=True))
    assert pairs == {row: score for row, score in scored.items() if row not in excluded}


@given(st.lists(st.integers(0, 50)), st.lists(st.integers(0, 50)))
def test_a_row_is_among_others_in_whatever_order_they_come(some, others):
    found = is_among(rows(*some), rows(*others))

    assert found.tolist() == [row in others for row in some]
