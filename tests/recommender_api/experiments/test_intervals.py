"""Shares with intervals: known answers, and what clusters do to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_api.experiments.intervals import Clustered, Estimate, difference, share


def of_clusters(*clusters: tuple[int, int]) -> Clustered:
    """From the size and the hits of each."""
    sizes, hits = zip(*clusters, strict=True)
    return Clustered(
        len(clusters),
        sum(sizes),
        sum(hits),
        sum(n * n for n in sizes),
        sum(h * h for h in hits),
        sum(n * h for n, h in clusters),
    )


def alone(count: int, hits: int) -> Clustered:
    """Each answer to somebody else."""
    return Clustered(count, count, hits, count, hits, hits)


def test_of_answers_to_one_unit_each_the_interval_is_wilsons():
    found = share(alone(29, 1))

    assert found == pytest.approx((1 / 29, 0.0061, 0.1718), abs=5e-4)  # Newcombe 1998, table II


def test_nothing_counted_is_no_share():
    assert share(Clustered(0, 0, 0, 0, 0, 0)) is None


def test_answers_to_few_units_that_are_all_alike_tell_no_more_than_the_units():
    together = share(of_clusters(*[(10, 10)] * 5, *[(10, 0)] * 5))
    apart = share(alone(10, 5))

    assert together.value == apart.value
    assert together.high - together.low == pytest.approx(apart.high - apart.low, rel=0.1)


def test_without_a_hit_as_many_witnesses_count_as_there_are_units():
    assert share(of_clusters(*[(10, 0)] * 5)) == pytest.approx(share(alone(5, 0)))


def test_a_difference_is_newcombes():
    ours, theirs = share(alone(70, 56)), share(alone(80, 48))

    found = difference(ours, theirs)

    assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-4)  # Newcombe 1998, table II


@given(
    st.lists(
        st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1
    )
)
def test_a_share_lies_in_its_interval_and_that_between_nothing_and_all(clusters):
    found = share(of_clusters(*clusters))

    assert 0 <= found.low <= found.value <= found.high <= 1


@given(*[st.tuples(*[st.floats(0, 1)] * 3).map(sorted)] * 2)
def test_a_difference_turned_round_is_the_same_the_other_way(one, other):
    ours, theirs = (Estimate(value, low, high) for low, value, high in (one, other))

    there, back = difference(ours, theirs), difference(theirs, ours)

    assert there == pytest.approx((-back.value, -back.high, -back.low))
