"""What the catalog says of items, as words."""

import numpy as np
import pytest

from recommender_store.artifacts.vocabulary import Vocabulary
from trainers.datasets.descriptions import (
    describe,
    described,
    open_descriptions,
    save_descriptions,
    words_of,
)


def shared(catalog, ids, types=None):
    """Of each pair of items, how many words they share, each as often as it stands there."""
    words = describe(Vocabulary.of(ids), catalog, types or {})
    return (words @ words.T).toarray()


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


def test_items_share_the_words_that_both_have_and_an_equal_value_of_another_attribute_is_none():
    catalog = {
        "a": {"title": "red lamp", "brand": "oak"},
        "b": {"title": "Red table", "wood": "oak"},
        "c": {"title": "chair", "brand": "Oak"},
    }

    pairs = shared(catalog, "abc")

    assert (pairs[0, 1], pairs[0, 2], pairs[1, 2]) == (1, 1, 0)


def test_an_item_that_is_in_the_log_alone_has_a_row_without_words():
    words = describe(Vocabulary.of(["a", "b", "c"]), {"b": {"title": "lamp"}}, {})

    assert described(words).tolist() == [1]
    assert words.shape == (3, 1)


@pytest.mark.parametrize("catalog", [{}, {"a": {}}, {"a": {"price": 3.0, "available": True}}])
def test_a_catalog_that_says_nothing_gives_nothing(catalog):
    assert describe(Vocabulary.of(["a"]), catalog, {}) is None
    assert not len(described(None))


def test_the_order_in_which_the_catalog_is_told_does_not_matter():
    catalog = {"a": {"title": "red lamp"}, "b": {"title": "lamp", "brand": "x"}, "c": {"wood": "y"}}
    ids = Vocabulary.of("abc")

    one, other = (
        describe(ids, dict(told), {}) for told in (catalog.items(), [*catalog.items()][::-1])
    )

    assert (one != other).nnz == 0
    assert one.indices.tolist() == other.indices.tolist()


def test_saved_descriptions_are_read_as_they_were_and_none_as_none(tmp_path):
    words = describe(Vocabulary.of(["a", "b"]), {"b": {"title": "lamp lamp oak"}}, {})

    save_descriptions(words, tmp_path / "some")

    opened = open_descriptions(tmp_path / "some")
    assert opened.toarray().tolist() == words.toarray().tolist() == [[0, 0], [2, 1]]
    assert opened.dtype == np.float32
    assert open_descriptions(tmp_path / "none") is None
