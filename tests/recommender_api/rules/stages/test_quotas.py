"""At most so many of one value, across sources, in order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender_api.rules.stages.quotas import Quota, Quotas


def quota(codes, at_most=1, rule_id="r"):
    return Quota(rule_id, None, np.array(codes, np.int32), at_most)


def rows(*numbers):
    return np.array(numbers, np.int32)


def test_the_first_of_each_value_are_taken_and_the_others_are_named_with_the_rule():
    quotas = Quotas([quota([0, 0, 1, 0, -1, -1])])

    taken = quotas.take(rows(1, 0, 2, 3, 4, 5), 9)

    assert taken.places == [0, 2, 4, 5]
    assert taken.passed_over == [(1, "r"), (3, "r")]


def test_what_was_taken_before_counts_and_does_not_come_again():
    quotas = Quotas([quota([0, 0, 0, 1], at_most=2)])
    assert quotas.admit(0) is None

    assert quotas.take(rows(0, 1, 2, 3), 9).places == [1, 3]
    assert quotas.admit(2) == "r"


def test_what_is_given_back_was_never_taken():
    quotas = Quotas([quota([0, 0])])
    quotas.take(rows(0), 1)
    quotas.give_back(rows(0))

    assert quotas.take(rows(1, 0), 2).places == [0]


@st.composite
def worlds(draw):
    count = draw(st.integers(1, 40))
    codes = st.lists(st.integers(-1, 4), min_size=count, max_size=count)
    limits = draw(st.lists(st.tuples(codes, st.integers(1, 3)), min_size=1, max_size=3))
    order = draw(st.permutations(range(count)))
    return limits, order, draw(st.integers(0, count))


@given(worlds())
def test_taking_agrees_with_looking_at_one_after_the_other(world):
    limits, order, most = world
    quotas = Quotas([quota(codes, at_most) for codes, at_most in limits])
    counts: list[dict[int, int]] = [{} for _ in limits]
    expected = []
    for place, row in enumerate(order):
        full = any(
            codes[row] >= 0 and counts[at].get(codes[row], 0) >= at_most
            for at, (codes, at_most) in enumerate(limits)
        )
        if len(expected) < most and not full:
            expected.append(place)
            for at, (codes, _) in enumerate(limits):
                counts[at][codes[row]] = counts[at].get(codes[row], 0) + 1

    assert quotas.take(rows(*order), most).places == expected


def test_many_candidates_of_values_that_are_used_up_are_dropped_together():
    codes = [0] * 5_000 + [1]
    quotas = Quotas([quota(codes)])

    assert quotas.take(np.arange(5_001, dtype=np.int32), 10).places == [0, 5_000]
