"""Texts are found by number and numbers by text, wherever they lie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_store.catalog import texts as module
from recommender_store.catalog.texts import TextArrays, Texts

SOME = st.lists(st.text(max_size=5), max_size=20)


@given(SOME, SOME)
def test_each_text_has_one_number_in_arrays_or_not(laid, later):
    arrays = Texts.of(laid).arrays()
    numbers, every = Texts(arrays).numbers_of(later)

    expected = list(dict.fromkeys([*laid, *later]))
    assert list(every) == expected == [every[number] for number in range(len(every))]
    assert numbers == [expected.index(text) for text in later]
    assert [every.number_of(text) for text in expected] == list(range(len(expected)))
    assert every[1:3] == expected[1:3]


@given(SOME, SOME, st.text(max_size=5))
def test_texts_that_became_arrays_are_the_same(laid, later, absent):
    _, every = Texts(Texts.of(laid).arrays()).numbers_of(later)

    again = Texts(every.arrays())

    assert list(again) == list(every)
    assert again.number_of(absent) == every.number_of(absent)


def test_texts_of_one_hash_are_told_apart(monkeypatch):
    monkeypatch.setattr(module, "_hash", lambda encoded: bytes([len(encoded) % 2] * 8))

    arrays = TextArrays.of(["a", "b", "cc", "d"])

    assert [arrays.number_of(text) for text in ("a", "b", "cc", "d", "e", "ee")] == [
        *range(4),
        None,
        None,
    ]


def test_what_is_left_is_numbered_anew():
    left = Texts.of("abc").without(np.array([True, False, True]))

    assert (list(left), left.number_of("c"), left.number_of("b")) == (["a", "c"], 1, None)


def test_a_number_that_is_none_s_is_refused():
    with pytest.raises(IndexError):
        Texts.of("abc")[3]
