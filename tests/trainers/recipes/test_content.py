"""Content: items that are described alike, whoever had them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from recommender_models.words import words_of
from recommender_store.artifacts.vocabulary import Vocabulary
from tests.conformance.test_recipes import fitted, no_data
from trainers.datasets.descriptions import describe
from trainers.errors import ParameterInvalid
from trainers.recipes import content
from trainers.recipes.table import parameters_of


def told(**titles):
    """A log of nothing, and these items with these titles."""
    catalog = {item: {"title": title} for item, title in titles.items()}
    words = describe(Vocabulary.of(titles), catalog, {})
    return replace(no_data(3, len(titles)), descriptions=words)


def beside(data, item: str, **given) -> list[str]:
    names = "abcdefgh"
    row = np.array([names.index(item)], dtype=np.int32)
    answer = fitted("content", data, **given).similar_items(row, 10)[0]
    return [names[other] for other in answer.rows]


def test_a_rare_word_says_more_than_a_common_one():
    data = told(a="oak lamp", b="oak chair", c="pine lamp", d="lamp red", e="lamp blue")

    assert beside(data, "a")[0] == "b"


def test_what_shares_no_word_is_no_neighbour():
    assert beside(told(a="oak lamp", b="pine chair", c="oak chair"), "a") == ["c"]


def test_what_is_too_little_alike_is_none_either():
    data = told(a="oak lamp", b="oak lamp", c="lamp of steel for a very long night")

    assert beside(data, "a", minimum_similarity=0.5) == ["b"]
    assert beside(data, "a", minimum_similarity=0) == ["b", "c"]


def test_of_items_described_alike_those_that_more_people_had_come_first():
    data = told(a="lamp oak", b="lamp oak", c="lamp oak")
    bought = sparse.csr_matrix(np.array([[0, 0, 1]] * 3, dtype=np.float32))

    assert beside(replace(data, matrix=bought), "a") == ["c", "b"]
    assert beside(replace(data, matrix=bought), "a", popularity=0) == ["b", "c"]


def test_without_popularity_a_score_is_the_cosine_of_tf_idf():
    data = told(a="oak lamp", b="oak chair", c="pine lamp", d="oak oak table")
    held_by = {"oak": 3, "lamp": 2, "chair": 1, "table": 1}
    weight = {word: np.log(1 + 4 / held) for word, held in held_by.items()}
    twice_oak = (1 + np.log(2)) * weight["oak"]
    expected = (
        weight["oak"]
        * twice_oak
        / np.hypot(weight["oak"], weight["lamp"])
        / np.hypot(twice_oak, weight["table"])
    )

    answer = fitted("content", data, popularity=0).similar_items(np.zeros(1, dtype=np.int32), 5)[0]

    assert dict(zip(answer.rows.tolist(), answer.scores.tolist(), strict=True))[3] == pytest.approx(
        expected, rel=1e-5
    )


def test_items_in_blocks_are_answered_like_all_at_once(monkeypatch):
    rng = np.random.default_rng(2)
    titles = {f"i{n:03d}": " ".join(map(str, rng.integers(30, size=4))) for n in range(80)}
    data, rows = told(**titles), np.arange(80, dtype=np.int32)
    whole = fitted("content", data).similar_items(rows, 20)

    monkeypatch.setattr(content, "BLOCK_PAIRS", 100)

    counts = data.descriptions.counts
    assert len(content._bounds(content.tf_idf(counts, content.rarity_of(counts)))) > 5
    parts = fitted("content", data).similar_items(rows, 20)
    assert [one.rows.tolist() for one in parts] == [one.rows.tolist() for one in whole]
    assert [one.scores.tolist() for one in parts] == [one.scores.tolist() for one in whole]


def test_the_commonest_words_are_left_out_where_too_many_pairs_share_them(monkeypatch):
    data = told(a="lamp oak", b="lamp oak", c="lamp pine", d="lamp pine", e="lamp steel")

    monkeypatch.setattr(content, "PAIRS_LIMIT", 20)

    assert beside(data, "a", minimum_similarity=0) == ["b"]
    assert beside(data, "e", minimum_similarity=0) == []


@pytest.mark.parametrize("minimum_similarity", [0, 0.3])
def test_an_item_of_the_catalog_that_is_asked_for_by_its_words_is_answered_by_its_list(
    minimum_similarity,
):
    rng = np.random.default_rng(7)
    titles = {f"i{n:02d}": " ".join(map(str, rng.integers(20, size=5))) for n in range(60)}
    data, ids = told(**titles), Vocabulary.of(titles)
    people = sparse.csr_matrix(rng.integers(2, size=(9, 60)).astype(np.float32))
    data = replace(data, matrix=people)
    model = fitted("content", data, neighbours=60, minimum_similarity=minimum_similarity)

    for item, title in titles.items():
        row = ids.row(item)
        by_list = model.similar_items(np.array([row], dtype=np.int32), 60)[0]
        by_words = model.alike(model.description(words_of({"title": title}, {})), 60)

        others = by_words.rows != row
        assert len(by_words.rows) == len(by_list.rows) + 1
        assert by_words.rows[others].tolist() == by_list.rows.tolist()
        assert by_words.scores[others] == pytest.approx(by_list.scores, rel=1e-5)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"neighbours": 0}, "neighbours .* 1"),
        ({"neighbours": 1001}, "neighbours .* 1000"),
        ({"minimum_similarity": 1}, "minimum_similarity .* 1"),
        ({"minimum_similarity": -0.1}, "minimum_similarity .* 0"),
        ({"popularity": 1.1}, "popularity .* 1"),
        ({"titles": True}, "titles"),
    ],
)
def test_a_parameter_out_of_its_range_is_named_with_the_range(given, says):
    with pytest.raises(ParameterInvalid, match=says):
        parameters_of("content", given)
