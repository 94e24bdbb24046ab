"""What the catalog says of items, as words."""

import numpy as np
import pytest

from recommender_store.artifacts.vocabulary import Vocabulary
from trainers.datasets.descriptions import Descriptions, describe, described


def shared(catalog, ids, types=None):
    """Of each pair of items, how many words they share, each as often as it stands there."""
    words = describe(Vocabulary.of(ids), catalog, types or {}).counts
    return (words @ words.T).toarray()


def test_items_share_the_words_that_both_have_and_an_equal_value_of_another_attribute_is_none():
    catalog = {
        "a": {"title": "red lamp", "brand": "oak"},
        "b": {"title": "Red table", "wood": "oak"},
        "c": {"title": "chair", "brand": "Oak"},
    }

    pairs = shared(catalog, "abc")

    assert (pairs[0, 1], pairs[0, 2], pairs[1, 2]) == (1, 1, 0)


def test_an_item_that_is_in_the_log_alone_has_a_row_without_words():
    said = describe(Vocabulary.of(["a", "b", "c"]), {"b": {"title": "lamp"}}, {})

    assert described(said).tolist() == [1]
    assert said.counts.shape == (3, 1)


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

    assert (one.counts != other.counts).nnz == 0
    assert one.counts.indices.tolist() == other.counts.indices.tolist()


def test_a_column_is_the_words_row():
    said = describe(Vocabulary.of(["a"]), {"a": {"title": "lamp oak lamp"}}, {})

    counts = {word: said.counts[0, said.words.row(word)] for word in ("lamp", "oak")}

    assert counts == {"lamp": 2, "oak": 1}


def test_saved_descriptions_are_read_as_they_were_and_none_as_none(tmp_path):
    said = describe(Vocabulary.of(["a", "b"]), {"b": {"title": "lamp lamp oak"}}, {})

    said.save(tmp_path / "some")

    opened = Descriptions.from_path(tmp_path / "some")
    assert opened.counts.toarray().tolist() == said.counts.toarray().tolist()
    assert sorted(opened.counts.toarray()[1].tolist()) == [1, 2]
    assert opened.words.row("lamp") == said.words.row("lamp") >= 0
    assert opened.counts.dtype == np.float32
    assert Descriptions.from_path(tmp_path / "none") is None
