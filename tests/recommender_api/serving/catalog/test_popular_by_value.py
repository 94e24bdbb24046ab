"""Popularity by the values of an attribute: the one ranking, parted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_api.serving.catalog.popular_by_value import PopularByValue
from recommender_models.protocol import Ranked
from recommender_store.catalog.cells import AttributeType
from recommender_store.catalog.columns import Columns

VALUES = st.sampled_from(["a", "b", "c"])


def ranking(count: int, seed: int = 2) -> Ranked:
    """Not of all items."""
    rows = np.random.default_rng(seed).permutation(count)[: count * 3 // 4].astype(np.int32)
    return Ranked(rows, np.linspace(9, 1, len(rows)).astype(np.float32))


def column(values, kind: AttributeType):
    records = [{} if value is None else {"x": value} for value in values]
    return Columns.from_records(records, {"x": kind}).column("x")


@given(st.lists(st.none() | st.lists(VALUES, unique=True), min_size=1), st.data())
def test_beside_some_items_stands_what_shares_a_value_in_the_order_of_the_ranking(values, data):
    every = ranking(len(values))
    parted = PopularByValue.of("x", every, column(values, AttributeType.STRINGS))
    seeds = data.draw(st.lists(st.integers(0, len(values) - 1), unique=True, max_size=3))

    beside = parted.beside(np.array(seeds, dtype=np.int32))

    theirs = {value for seed in seeds for value in values[seed] or ()}
    assert set(parted.values_of(np.array(seeds, dtype=np.int32))) == theirs
    expected = [row for row in every.rows.tolist() if theirs & set(values[row] or ())]
    assert beside.rows.tolist() == expected
    scores = dict(zip(every.rows.tolist(), every.scores.tolist(), strict=True))
    assert beside.scores.tolist() == [scores[row] for row in expected]


@pytest.mark.parametrize(
    ("kind", "values", "shared"),
    [
        (AttributeType.STRING, ["x", "y", None, "x"], ["x"]),
        (AttributeType.BOOLEAN, [True, False, None, True], ["true"]),
    ],
)
def test_an_item_without_a_value_is_beside_nothing_and_nothing_beside_it(kind, values, shared):
    every = Ranked(np.arange(4, dtype=np.int32), np.ones(4, dtype=np.float32))
    parted = PopularByValue.of("x", every, column(values, kind))

    assert parted.beside(np.array([0], dtype=np.int32)).rows.tolist() == [0, 3]
    assert parted.values_of(np.array([0], dtype=np.int32)) == shared
    assert not len(parted.beside(np.array([2], dtype=np.int32)).rows)


@pytest.mark.parametrize("kind", [AttributeType.NUMBER, AttributeType.TIME])
def test_how_much_and_when_are_no_values_to_share(kind):
    assert PopularByValue.of("x", ranking(4), column([None] * 4, kind)) is None
    assert PopularByValue.of("x", ranking(4), None) is None
