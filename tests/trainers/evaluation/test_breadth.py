"""How wide the answers range."""

import pytest

from tests.trainers.evaluation.made import answer
from trainers.evaluation.breadth import (
    catalog_coverage,
    distinct_items,
    empty_share,
    reachable_coverage,
)

ANSWERS = [answer(1, 2, 3), answer(1, 4), answer(), answer(1)]


def test_an_item_counts_once_however_often_it_is_shown_and_only_above_the_cut():
    assert distinct_items(ANSWERS, 3) == 4
    assert distinct_items(ANSWERS, 1) == 1


def test_coverage_is_a_share_of_the_catalog_or_of_what_could_be_reached():
    assert catalog_coverage(ANSWERS, 2, item_count=100) == pytest.approx(3 / 100)
    assert reachable_coverage(ANSWERS, 2, item_count=100) == pytest.approx(3 / 8)
    assert reachable_coverage(ANSWERS, 2, item_count=4) == pytest.approx(3 / 4)


def test_queries_without_an_answer_are_counted():
    assert empty_share(ANSWERS) == 1 / 4


@pytest.mark.parametrize("answers", [[], [answer()]])
def test_no_answers_cover_nothing_and_divide_by_nothing(answers):
    assert catalog_coverage(answers, 10, 0) == reachable_coverage(answers, 10, 0) == 0
