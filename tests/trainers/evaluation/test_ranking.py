"""Metrics, held to values worked out by hand and to a naive reading of their definitions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainers.evaluation.made import answer, rows
from trainers.evaluation.ranking import hit, hits, ndcg, recall, reciprocal_rank

ASKED = st.tuples(
    st.lists(st.integers(0, 40), unique=True, max_size=25),
    st.lists(st.integers(0, 40), unique=True, min_size=1, max_size=30),
)


def measured(ranked, relevant, k):
    found = hits([answer(*ranked)], [rows(*relevant)], k)
    count = np.array([len(relevant)])
    return {
        "recall": recall(found, count)[0],
        "ndcg": ndcg(found, count)[0],
        "mrr": reciprocal_rank(found)[0],
        "hit": hit(found)[0],
    }


@pytest.mark.parametrize(
    ("ranked", "relevant", "k", "expected"),
    [
        ([1, 2, 3], [1], 3, {"recall": 1, "ndcg": 1, "mrr": 1, "hit": 1}),
        ([2, 1, 3], [1], 3, {"recall": 1, "ndcg": 1 / math.log2(3), "mrr": 1 / 2, "hit": 1}),
        ([4, 5, 6], [1], 3, {"recall": 0, "ndcg": 0, "mrr": 0, "hit": 0}),
        ([], [1], 3, {"recall": 0, "ndcg": 0, "mrr": 0, "hit": 0}),
        ([1], [1, 2], 3, {"recall": 1 / 2, "ndcg": 1 / (1 + 1 / math.log2(3)), "mrr": 1, "hit": 1}),
        ([1, 9, 2], [1, 2], 2, {"recall": 1 / 2, "mrr": 1, "hit": 1}),
        (
            [9, 1, 2],
            [1, 2, 3, 4],
            3,
            {
                "recall": 2 / 4,
                "ndcg": (1 / math.log2(3) + 1 / 2) / (1 + 1 / math.log2(3) + 1 / 2),
                "mrr": 1 / 2,
            },
        ),
    ],
)
def test_metrics_are_what_they_are_by_hand(ranked, relevant, k, expected):
    found = measured(ranked, relevant, k)

    assert {name: found[name] for name in expected} == pytest.approx(expected)


def naive(ranked, relevant, k):
    """The definitions of LightGCN's evaluation: recall over all relevant, ideal cut at k."""
    gains = [1 if item in relevant else 0 for item in ranked[:k]]
    ideal = sum(1 / math.log2(rank + 2) for rank in range(min(k, len(relevant))))
    first = next((rank for rank, gain in enumerate(gains, start=1) if gain), None)
    return {
        "recall": sum(gains) / len(relevant),
        "ndcg": sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains)) / ideal,
        "mrr": 1 / first if first else 0,
        "hit": 1 if first else 0,
    }


@given(ASKED, st.sampled_from([1, 3, 10, 20]))
def test_metrics_agree_with_a_naive_reading_of_their_definitions(asked, k):
    assert measured(*asked, k) == pytest.approx(naive(*asked, k))


@given(ASKED, st.integers(1, 20))
def test_metrics_lie_between_nothing_and_all(asked, k):
    assert all(0 <= value <= 1 + 1e-12 for value in measured(*asked, k).values())


def test_queries_do_not_touch_each_other():
    found = hits([answer(1, 2), answer(), answer(2)], [rows(2), rows(2), rows(2)], 2)

    assert found.tolist() == [[False, True], [False, False], [True, False]]


def test_no_query_gives_no_value():
    found = hits([], [], 10)

    assert len(ndcg(found, np.empty(0, dtype=np.int64))) == len(reciprocal_rank(found)) == 0
