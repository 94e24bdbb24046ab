"""Session neighbours: the sessions most like this one say what comes next."""

import numpy as np
import pytest

from recommender_models.session_neighbours import Limits, SessionNeighbours
from recommender_models.visit import LENGTH
from tests.recommender_models.made import history, session_rows

ITEMS = 12


def model(*contents, rarity=None, sampled=100, neighbours=100, per_item=50) -> SessionNeighbours:
    rows = session_rows(contents, ITEMS, per_item=per_item)
    rare = np.ones(ITEMS, np.float32) if rarity is None else np.array(rarity, np.float32)
    return SessionNeighbours(rows, rare, Limits(sampled, neighbours))


def after(one: SessionNeighbours, *newest_first: int, n: int = 10) -> dict[int, float]:
    visit = history(*newest_first, excluded=newest_first)
    answer = one.recommend([visit], n)[0]
    return dict(zip(answer.rows.tolist(), answer.scores.tolist(), strict=True))


def test_what_stood_with_it_comes_next_and_what_was_never_with_it_does_not():
    assert after(model({0, 1}, {0, 1}, {0, 2}, {3, 4}), 0) == {1: 2.0, 2: 1.0}


def test_what_this_session_came_by_last_counts_most():
    said = after(model({0, 5}, {1, 6}), 1, 0)

    assert said == pytest.approx({6: 1.0, 5: 0.9 * 0.9})


def test_a_session_that_shares_more_is_more_alike():
    said = after(model({0, 1, 5}, {0, 6}), 0, 1)

    assert said == pytest.approx({5: 1.0 + 0.9, 6: 1.0})


def test_a_rare_item_scores_more():
    rarity = np.where(np.arange(ITEMS) == 5, 3, 1)

    assert after(model({0, 5}, {0, 6}, rarity=rarity), 0) == {5: 3.0, 6: 1.0}


def test_only_the_newest_are_sampled_and_of_these_only_the_most_alike_asked():
    old_but_alike, alike, newest = {0, 1, 5}, {0, 1, 6}, {0, 7}

    assert set(after(model(old_but_alike, alike, newest, sampled=2), 0, 1)) == {6, 7}
    assert set(after(model(old_but_alike, alike, newest, sampled=2, neighbours=1), 0, 1)) == {6}


def test_of_sessions_that_are_equally_alike_the_newer_is_asked():
    assert set(after(model({0, 5}, {0, 6}, neighbours=1), 0)) == {6}


def test_an_items_older_sessions_are_not_found_by_it():
    assert set(after(model({0, 5}, {0, 6}, per_item=1), 0)) == {6}


def test_the_newest_items_of_a_long_history_are_asked_about():
    longest = history(*range(ITEMS), excluded=())
    lasts = [{LENGTH - 1, 11}, {LENGTH, 11}]

    answers = [model(one).recommend([longest], 5)[0] for one in lasts]

    assert [len(one.rows) for one in answers] == [2, 0]


def test_nothing_known_nothing_said():
    one = model({0, 1})

    assert [after(one), after(one, 7), after(one, -1), after(one, ITEMS + 3)] == [{}] * 4
    assert after(model(), 0) == {}


def test_answers_are_those_of_the_sum_over_all_neighbours():
    rng = np.random.default_rng(3)
    contents = [set(rng.choice(ITEMS, size=4, replace=False).tolist()) for _ in range(60)]
    visit = [7, 2, 9]
    fading = {item: 1 - place / LENGTH for place, item in enumerate(visit)}
    expected = dict.fromkeys(range(ITEMS), 0.0)
    for content in contents:
        shared = [fading[item] for item in visit if item in content]
        for item in content:
            expected[item] += sum(shared) * max(shared, default=0)

    said = after(model(*contents), *visit, n=ITEMS)

    assert said == pytest.approx(
        {item: score for item, score in expected.items() if item not in visit and score > 0}
    )
