"""How wide the answers range, held to values worked out by hand and to naive readings."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainers.evaluation.made import answer, past, rows
from trainers.evaluation import breadth
from trainers.evaluation.breadth import (
    catalog_coverage,
    consumed_popularity,
    distinct_items,
    empty_share,
    gini,
    intra_list_similarity,
    novelty,
    popularity,
    reachable_coverage,
)
from trainers.evaluation.ranking import shown

ANSWERS = shown([answer(1, 2, 3), answer(1, 4), answer(), answer(1)], 3)
TAKEN = past([[0, 1], [0, 1], [0, 2], [0]], items=5)
"""Of four actors all took 0, half 1, one 2; nobody 3 or 4."""


def test_an_item_counts_once_however_often_it_is_shown_and_only_above_the_cut():
    assert distinct_items(ANSWERS) == 4
    assert distinct_items(ANSWERS[:, :1]) == 1


def test_coverage_is_a_share_of_the_catalog_or_of_what_could_be_reached():
    assert catalog_coverage(ANSWERS[:, :2], item_count=100) == pytest.approx(3 / 100)
    assert reachable_coverage(ANSWERS[:, :2], item_count=100) == pytest.approx(3 / 8)
    assert reachable_coverage(ANSWERS[:, :2], item_count=4) == pytest.approx(3 / 4)


def test_queries_without_an_answer_are_counted():
    assert empty_share(ANSWERS) == 1 / 4


@pytest.mark.parametrize("answers", [[], [answer()]])
def test_no_answers_cover_nothing_and_divide_by_nothing(answers):
    table = shown(answers, 10)

    assert catalog_coverage(table, 0) == reachable_coverage(table, 0) == 0
    assert intra_list_similarity(table, TAKEN) is None


def test_gini_is_nothing_where_all_are_shown_alike_and_nears_one_where_one_is():
    assert gini(shown([answer(0, 1), answer(2, 3)], 2), item_count=4) == 0
    assert gini(shown([answer(0)] * 9, 2), item_count=100) == pytest.approx(0.99)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(0, 20))
def test_gini_agrees_with_the_mean_difference_of_all_pairs(items, never_shown):
    count = len(set(items)) + never_shown
    times = [items.count(item) for item in set(items)] + [0] * never_shown
    apart = sum(abs(one - other) for one in times for other in times)

    found = gini(shown([answer(item) for item in items], 1), count)

    assert found == pytest.approx(apart / (2 * count * sum(times)))


def test_an_item_is_as_new_as_few_took_it_and_one_at_least_is_assumed():
    table = shown([answer(0), answer(), answer(1, 2), answer(4)], 3)

    assert novelty(table, TAKEN).tolist() == [0, (1 + 2) / 2, 2]
    assert popularity(table, TAKEN).tolist() == [1, (1 / 2 + 1 / 4) / 2, 1 / 4]


def test_what_was_taken_next_is_as_popular_as_it_was_before():
    found = consumed_popularity([rows(0, 1), rows(3), rows(2, 4)], TAKEN)

    assert found[[0, 2]].tolist() == [3 / 4, 1 / 4]
    assert np.isnan(found[1])


def test_lists_of_what_the_same_actors_took_are_alike():
    same, apart = past([[0, 1, 2]] * 3, items=4), past([[0], [1], [2]], items=4)
    table = shown([answer(0, 1, 2), answer(0), answer()], 3)

    assert intra_list_similarity(table, same) == pytest.approx(1)
    assert intra_list_similarity(table, apart) == 0
    with_unknown = intra_list_similarity(shown([answer(0, 3)], 2), same)
    assert with_unknown == pytest.approx(0), "nobody took the other"


@given(
    st.lists(st.lists(st.integers(0, 7), unique=True, max_size=5), min_size=1, max_size=8),
    st.lists(st.lists(st.integers(0, 7), unique=True, min_size=2, max_size=4), min_size=1),
)
def test_similarity_in_lists_agrees_with_the_cosine_of_each_pair(histories, lists):
    known = past(histories, items=8)
    whole = known.taken.toarray().astype(float)

    def cosine(one, other):
        lengths = np.linalg.norm(whole[one]) * np.linalg.norm(whole[other])
        return whole[one] @ whole[other] / lengths if lengths else 0.0

    expected = np.mean(
        [np.mean([cosine(*pair) for pair in combinations(items, 2)]) for items in lists]
    )

    found = intra_list_similarity(shown([answer(*items) for items in lists], 4), known)

    assert found == pytest.approx(expected, abs=1e-9)


def test_of_many_lists_some_are_compared_from_the_first_to_the_last(monkeypatch):
    monkeypatch.setattr(breadth, "LISTS_COMPARED", 2)
    table = shown([answer(0, 1), answer(0, 3), answer(0, 2)], 2)

    found = intra_list_similarity(table, past([[0, 1, 2]] * 3, items=4))

    assert found == pytest.approx(1), "the one in the middle is left out"
