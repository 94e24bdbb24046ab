"""Titles are filled from words and never given twice."""

from recommender_cli.demo.worlds.titles import Titles


def test_a_pattern_is_filled_from_its_slots():
    titles = Titles("{title}, Book {number}")

    assert titles.give("The {noun} of {place}", {"noun": "Owl", "place": "Ur"}) == "The Owl of Ur"


def test_the_same_words_again_give_the_next_sequel():
    titles = Titles("{title}, Book {number}")

    given = [titles.give("The {noun}", {"noun": "Owl"}) for _ in range(3)]

    assert given == ["The Owl", "The Owl, Book 2", "The Owl, Book 3"]
