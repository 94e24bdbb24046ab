"""Metrics, held to values worked out by hand and to a naive reading of their definitions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainers.evaluation.made import answer, rows
from trainers.evaluation.ranking import (
    accuracy,
    average_precision,
    hit,
    hits,
    ndcg,
    precision,
    recall,
    reciprocal_rank,
    shown,
)

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
        "precision": precision(found)[0],
        "map": average_precision(found, count)[0],
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
        ([1, 9, 2], [1, 2, 5], 3, {"precision": 2 / 3, "map": (1 + 2 / 3) / 3}),
        ([1], [1, 2], 4, {"precision": 1 / 4, "map": 1 / 2}),
        ([1, 2], [1, 2, 3, 4], 2, {"precision": 1, "map": 1}),
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
        "precision": sum(gains) / k,
        "map": sum(gain * sum(gains[: rank + 1]) / (rank + 1) for rank, gain in enumerate(gains))
        / min(k, len(relevant)),
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


def test_short_answers_are_filled_up_with_what_is_no_row():
    assert shown([answer(4, 5, 6), answer(), answer(7)], 2).tolist() == [[4, 5], [-1, -1], [7, -1]]


def test_a_place_left_empty_is_not_the_last_item_of_the_query_before():
    found = hits([answer(1), answer()], [rows(3), rows(3)], 1)

    assert not found.any()


@given(st.lists(ASKED, max_size=6), st.integers(1, 20))
def test_many_queries_at_once_are_found_as_one_by_one(asked, k):
    answers = [answer(*ranked) for ranked, _ in asked]
    relevant = [rows(*wanted) for _, wanted in asked]

    found = hits(answers, relevant, k)

    assert found.shape == (len(asked), k)
    for row, one, wanted in zip(found, answers, relevant, strict=True):
        assert row[: len(one.rows)].tolist() == np.isin(one.rows[:k], wanted).tolist()
        assert not row[len(one.rows) :].any()


def test_figures_at_several_cuts_are_those_of_each_cut():
    found = hits([answer(9, 1), answer(2, 9)], [rows(1), rows(2)], 2)

    figures = accuracy(found, np.array([1, 1]), (1, 2))

    assert figures["recall@1"].tolist() == [0, 1]
    assert figures["hit_rate@2"].tolist() == [1, 1]
    assert len(figures) == 12
