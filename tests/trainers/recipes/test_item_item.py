"""Rows cut to their strongest, and the closed forms behind them."""

import numpy as np
import pytest
from scipy import sparse

from recommender_models.protocol import History
from tests.conformance.test_recipes import fitted, world
from tests.trainers.datasets.made import interactions
from tests.worlds.long_tail import long_tail
from trainers.errors import CatalogTooLarge, ParameterInvalid
from trainers.recipes import ease, item_item
from trainers.recipes.item_item import strongest
from trainers.recipes.protocol import TrainingData
from trainers.recipes.spectrum import leading
from trainers.recipes.table import parameters_of

TAIL = world(long_tail(users=120, items=90, events=3_000).interactions)
MATRIX = np.log2(1 + TAIL.data.matrix.toarray()).astype(np.float64)
LINEAR = ["ease", "graph_filter", "rp3beta", "item_average"]


def dense(model) -> np.ndarray:
    """The model's weights [items, items], asked for one item at a time."""
    whole = np.zeros((90, 90))
    for row in range(90):
        one = History(rows=np.array([row], np.int32), weights=np.ones(1, np.float32))
        answer = model.recommend([one], 90)[0]
        whole[row, answer.rows] = answer.scores
    return whole


def positive(weights: np.ndarray) -> np.ndarray:
    np.fill_diagonal(weights, 0)
    return np.maximum(weights, 0)


def test_ease_is_the_closed_form_of_its_paper():
    inverse = np.linalg.inv(MATRIX.T @ MATRIX + 30 * np.eye(90))
    paper = positive(-inverse / np.diag(inverse))

    assert dense(fitted("ease", TAIL.data, regularization=30.0)) == pytest.approx(paper, abs=1e-5)


def test_rp3beta_is_a_walk_of_three_steps_with_popular_items_held_back():
    to_people = (MATRIX / MATRIX.sum(axis=0)) ** 0.7
    to_items = (MATRIX / MATRIX.sum(axis=1)[:, None]) ** 0.7
    paper = positive(to_people.T @ to_items / MATRIX.sum(axis=0) ** 0.4)

    model = fitted("rp3beta", TAIL.data, alpha=0.7, beta=0.4)

    assert dense(model) == pytest.approx(paper, rel=1e-4, abs=1e-6)


def test_a_graph_filter_is_the_linear_part_and_the_low_pass_each_at_its_norm():
    users, items = MATRIX.sum(axis=1), MATRIX.sum(axis=0)
    tilde = MATRIX / users[:, None] ** 0.3 / items**0.4
    linear = tilde.T @ tilde
    np.fill_diagonal(linear, 0)
    vectors = np.linalg.svd(MATRIX / np.sqrt(users[:, None]) / np.sqrt(items))[2][:6].T
    low_pass = (vectors @ vectors.T) / np.sqrt(items)[:, None] * np.sqrt(items)
    np.fill_diagonal(low_pass, 0)
    paper = positive(linear / np.linalg.norm(linear) + 0.5 * low_pass / np.linalg.norm(low_pass))

    asked = {"user_exponent": 0.3, "item_exponent": 0.4, "low_pass": 0.5, "factors": 6}
    model = fitted("graph_filter", TAIL.data, **asked)

    assert dense(model) == pytest.approx(paper, rel=2e-2, abs=2e-4)


def test_an_average_over_neighbours_is_how_many_of_them_somebody_had():
    matrix = sparse.csr_matrix(np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1]], np.float32))
    data = TrainingData(matrix, 4, interactions(), 1)

    answer = fitted("item_average", data, neighbours=2).recommend(
        [History(rows=np.array([0], np.int32), weights=np.ones(1, np.float32))], 3
    )[0]

    cosine = {1: 2 / 3, 2: 1 / np.sqrt(6)}
    assert answer.rows.tolist() == [1, 2]
    # Of item 1 the neighbours are 0 and 2, of item 2 they are 0 and 1; the means are ¾, ¾ and ½.
    share = cosine[1] / (cosine[1] + cosine[2])
    expected = [0.75 + share * 0.25 - (1 - share) * 0.5, 0.5 + 0.5 * 0.25 - 0.5 * 0.75]
    assert answer.scores.tolist() == pytest.approx(expected)


@pytest.mark.parametrize("name", LINEAR)
def test_rows_made_in_small_blocks_are_the_same(name, monkeypatch):
    whole = dense(fitted(name, TAIL.data))

    monkeypatch.setattr(item_item, "BLOCK_ENTRIES", 90 * 7)
    monkeypatch.setattr(ease, "BLOCK", 11)

    assert dense(fitted(name, TAIL.data)) == pytest.approx(whole, rel=1e-3, abs=1e-6)


def test_a_row_keeps_its_greatest_never_its_own_and_of_equals_the_first():
    rows = np.array([[9, 1, 3, 2, 2], [2, 9, 2, 2, -1]], dtype=np.float32)

    cut = strongest(rows, 0, 2)

    assert cut.lengths.tolist() == [2, 2]
    assert cut.columns.tolist() == [2, 3, 0, 2]
    assert cut.weights.tolist() == [3, 2, 2, 2]


def test_what_a_cut_loses_is_under_a_hundredth_of_what_is_found():
    asked = [TAIL.history(user) for user in TAIL.users]
    whole, cut = (
        fitted("graph_filter", TAIL.data, factors=8, kept=kept).recommend(asked, 10)
        for kept in (90, 60)
    )

    kept = [np.isin(one.rows, other.rows).mean() for one, other in zip(whole, cut, strict=True)]
    assert np.mean(kept) > 0.99


def test_a_catalog_that_does_not_fit_is_refused_with_what_it_would_take():
    data = TrainingData(sparse.csr_matrix((3, 30_000), dtype=np.float32), 3, interactions(), 1)

    with pytest.raises(CatalogTooLarge, match="3433 MB for a matrix of 30000") as refused:
        fitted("ease", data, memory_limit_mb=3000)

    assert refused.value.code == "catalog_too_large"


def test_leading_vectors_are_those_of_a_singular_value_decomposition():
    spectrum = np.linalg.svd(MATRIX)[2][:5].T

    vectors = leading(TAIL.data.matrix.astype(np.float32), 5, np.random.default_rng(0))

    exact = np.linalg.svd(TAIL.data.matrix.toarray())[2][:5].T
    assert vectors.shape == spectrum.shape
    assert np.abs(vectors.T @ exact) == pytest.approx(np.eye(5), abs=0.1)


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("ease", {"regularization": 0}, "regularization"),
        ("graph_filter", {"factors": 0}, "factors"),
        ("graph_filter", {"low_pass": -1}, "low_pass"),
        ("rp3beta", {"beta": -0.1}, "beta"),
        ("item_average", {"neighbours": 0}, "neighbours"),
        ("blend", {"parts": []}, "parts"),
        ("blend", {"parts": [{"recipe": "als", "weight": 0}]}, "weight"),
    ],
)
def test_a_parameter_out_of_its_range_is_named(name, given, says):
    with pytest.raises(ParameterInvalid, match=says):
        parameters_of(name, given)


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"recipe": "popularity", "weight": 1}, "no recipe 'popularity' to blend"),
        ({"recipe": "blend", "weight": 1}, "no recipe 'blend' to blend"),
        ({"recipe": "als", "weight": 1, "parameters": {"factors": 1}}, "als"),
    ],
)
def test_a_part_that_cannot_be_blended_is_named(part, says):
    with pytest.raises(ParameterInvalid, match=says):
        fitted("blend", TAIL.data, parts=[part])
