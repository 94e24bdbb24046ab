"""Neighbours by description are found for items that came after the fit, by their words."""

import numpy as np
import pytest

from tests.recommender_models.made import described_lists, rows

LISTS = described_lists(items=9, length=4)


def test_words_become_a_vector_of_length_one_rare_ones_first():
    said = LISTS.description(["all", "third", "third", "unheard"])

    assert np.linalg.norm(list(said.values())) == pytest.approx(1)
    assert said["unheard"] > said["third"] > said["all"]
    assert said["third"] / said["all"] == pytest.approx((1 + np.log(2)) * 4 / 3)


def test_no_words_are_like_nothing():
    assert not len(LISTS.alike(LISTS.description([]), 5).rows)


def test_what_shares_more_words_is_more_alike():
    answer = LISTS.alike(LISTS.description(["all", "third"]), 9)

    assert answer.rows.tolist() == [0, 3, 6, 1, 2, 4, 5, 7, 8]
    assert answer.scores == pytest.approx([1.0] * 3 + [0.6] * 6)


def test_words_that_no_item_has_take_from_what_the_others_say():
    known = LISTS.alike(LISTS.description(["third"]), 1)
    half_known = LISTS.alike(LISTS.description(["third", "unheard"]), 1)

    assert half_known.rows.tolist() == known.rows.tolist() == [0]
    assert half_known.scores[0] < known.scores[0]


def test_what_is_too_little_alike_stays_out():
    alike = LISTS.alike(LISTS.description(["all", *(f"new-{n}" for n in range(9))]), 9)

    assert not len(alike.rows), "the cosine is below 0.1"


def test_rows_that_were_not_described_or_came_later_are_told_apart():
    assert LISTS.is_told_of(rows(-1, 0, 1, 8, 9, 100)).tolist() == [
        *(False, True, False, True),
        *(False, False),
    ]
