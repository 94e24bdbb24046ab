"""Figures for some of the users and some of the items, with thresholds from the past."""

import numpy as np
import pytest

from tests.trainers.datasets.made import DAY_US, interactions
from tests.trainers.evaluation.made import answer, past, questions, rows
from trainers.evaluation import cohorts as cohorting
from trainers.evaluation.cohorts import (
    MOST_VALUES,
    Cohort,
    attribute_cohorts,
    cohort_measures,
    item_cohorts,
    user_cohorts,
)
from trainers.evaluation.ranking import shown


def members(cohorts):
    return {one.name: np.flatnonzero(one.member).tolist() for one in cohorts}


def test_users_are_new_light_or_heavy_by_what_they_had_taken():
    taken = [[0], [0, 1], [0, 1, 2], *[[0, 1, 2, 3]] * 6, list(range(9))]

    found = user_cohorts(past(taken, items=9), user_count=10)

    assert members(found) == {"new": [0, 1], "light": [*range(2, 9)], "heavy": [9]}
    assert [one.meaning for one in found][1:] == [
        "users who had taken 3 to 4 items",
        "users who had taken more than 4 items",
    ]


def test_sessions_without_a_user_are_no_users():
    found = user_cohorts(past([[0], *[[0, 1, 2]] * 5, [*range(9)]], items=9), user_count=6)

    assert members(found)["heavy"] == []
    assert len(found[0].member) == 6


def test_items_are_head_tail_or_new():
    """Item 0 makes 6 of 12 takings; item 3 came in the last tenth; nobody took item 4."""
    events = [(user, 0, user) for user in range(6)]
    events += [(0, 1, 6), (1, 1, 7), (0, 2, 8), (1, 2, 9), (2, 2, 10)]
    events += [(3, 3, 100)]
    log = interactions(*((user, item, at * DAY_US) for user, item, at in events))
    known = past([[0, 1, 2], [0, 1, 2], [0, 2], [0, 3], [0], [0]], items=5)

    found = item_cohorts(known, log)

    assert members(found) == {"new": [3], "head": [0], "tail": [1, 2]}
    assert found[1].meaning.startswith("items that 6 or more took")


def test_nothing_learned_makes_empty_cohorts():
    found = item_cohorts(past([[]], items=3), interactions())

    assert members(found) == {"new": [], "head": [], "tail": []}
    assert members(user_cohorts(past([[]], items=3), 1))["heavy"] == []


def test_values_of_an_attribute_are_those_that_most_right_answers_have():
    asked = questions([(0, 1), (1,), (2,)])
    by_value = {"red": rows(0), "blue": rows(1, 2), "green": rows(3)}

    found = attribute_cohorts("colour", by_value, asked, item_count=4)

    assert [(one.name, one.meaning) for one in found] == [
        ("blue", "items whose colour is blue"),
        ("red", "items whose colour is red"),
    ]
    many = {f"v{n}": rows(n) for n in range(40)}
    asked = questions([tuple(range(40))])
    assert len(attribute_cohorts("size", many, asked, item_count=40)) == MOST_VALUES


def test_a_cohort_of_users_is_asked_its_own_questions(monkeypatch):
    monkeypatch.setattr(cohorting, "MINIMUM_OWNERS", 1)
    asked = questions([(1,), (1,), (1,)], owner=[0, 2, 2])
    cohort = Cohort("user", "new", "…", np.array([False, True, True]))
    tables = {"model": shown([answer(1), answer(9), answer(1)], 20)}

    (found,) = cohort_measures([cohort], asked, tables)

    assert (found.owners, found.questions) == (1, 2)
    assert found.figures["model"]["hit_rate@10"] == 0.5


def test_of_a_cohort_of_items_only_the_right_answers_in_it_are_looked_for(monkeypatch):
    monkeypatch.setattr(cohorting, "MINIMUM_OWNERS", 1)
    asked = questions([(1, 2), (2,), (1,)])
    cohort = Cohort("item", "tail", "…", np.array([False, False, True]))
    tables = {
        "model": shown([answer(1, 2), answer(1), answer(2)], 20),
        "popularity": shown([answer(), answer(2), answer()], 20),
    }

    (found,) = cohort_measures([cohort], asked, tables)

    assert (found.owners, found.questions) == (2, 2)
    assert found.figures["model"]["recall@10"] == 1 / 2
    assert found.figures["model"]["mrr@10"] == pytest.approx((1 / 2 + 0) / 2)
    assert found.figures["popularity"]["recall@10"] == 1 / 2


@pytest.mark.parametrize(("owners", "has_figures"), [(19, False), (20, True)])
def test_of_few_there_is_a_count_and_no_figure(owners, has_figures):
    asked = questions([(0,)] * owners)
    cohort = Cohort("item", "head", "…", np.array([True]))

    (found,) = cohort_measures([cohort], asked, {"model": shown([answer(0)] * owners, 20)})

    assert found.owners == owners
    assert bool(found.figures) == has_figures
    assert not Cohort("item", "none", "…", np.array([False])).of(asked)[1]
