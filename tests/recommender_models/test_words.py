"""What is said of an item becomes words that others may share."""

import pytest

from recommender_models.words import words_of


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": "Red lamp, RED"}, ["red", "lamp", "red"]),
        ({"title": "Straße ﬁne"}, ["strasse", "fine"]),
        ({"brand": "Acme & Sons"}, ["brand=acme sons"]),
        ({"text": "a lamp for long nights alone"}, ["a", "lamp", "for", "long", "nights", "alone"]),
        ({"tags": ["New", "oak wood"]}, ["tags=new", "tags=oak wood"]),
        ({"vegan": True}, ["vegan=true"]),
        ({"price": 9.5, "brand": "...", "tags": [], "title": ""}, []),
        ({"available": False, "group_id": "g", "created_at": "2026-01-01T00:00:00Z"}, []),
        ({"released": "2026-01-01T00:00:00Z"}, []),
    ],
)
def test_what_is_said_becomes_words(fields, words):
    assert list(words_of(fields, {"released": "time"})) == words
