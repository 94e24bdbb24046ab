"""A catalog that is read all at once says what it says item by item."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender_store.catalog.cells import AttributeType, read_cell
from recommender_store.catalog.change import ItemChange
from recommender_store.catalog.folding import folded_items
from recommender_store.catalog.known_items import unpacked
from recommender_store.catalog.reading import Reading
from recommender_store.catalog.state import CatalogState

TYPES = {
    "brand": AttributeType.STRING,
    "price": AttributeType.NUMBER,
    "tags": AttributeType.STRINGS,
    "available": AttributeType.BOOLEAN,
    "created_at": AttributeType.TIME,
}
ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["a", "", "Käse", "2026-01-01T00:00:00Z", "2026-02-01T01:00:00+01:00"])
    | st.lists(st.sampled_from("xy"), max_size=3)
)
FIELDS = st.dictionaries(st.sampled_from([*TYPES]), ANYTHING)
CHANGES = st.lists(
    st.builds(
        ItemChange,
        item_id=st.sampled_from(["i", "j", "k", "ü"]),
        at_us=st.integers(1, 5),
        writer=st.sampled_from("vw"),
        fields=FIELDS,
        replaces=st.booleans(),
        is_deletion=st.booleans(),
    ),
    max_size=12,
)


def read_of(changes: list[ItemChange]) -> tuple[list[str], Reading]:
    told = folded_items(changes)
    return list(told), Reading.of(list(told), list(told.values()), TYPES)


@given(CHANGES)
def test_each_row_says_what_a_state_says_of_its_item(changes: list[ItemChange]) -> None:
    state = CatalogState()
    state.apply(changes)

    ids, reading = read_of(changes)

    assert set(ids) == set(state.ids())
    for row, item_id in enumerate(ids):
        item = state.get(item_id)
        assert item is not None
        cells = {name: read_cell(value, TYPES[name]) for name, value in item.fields.items()}
        told = reading.columns.record(row, TYPES)
        assert {name: read_cell(value, TYPES[name]) for name, value in told.items()} == {
            # An empty list is no value.
            name: cell
            for name, cell in cells.items()
            if cell not in (None, ())
        }
        assert bool(reading.is_deleted[row]) is item.is_deleted
        hidden = item.is_deleted or item.fields.get("available") is False
        assert bool(reading.is_listed[row]) is not hidden
    assert (reading.item_count, reading.field_count) == (state.item_count, state.field_count)


@given(CHANGES)
def test_what_is_folded_is_what_a_state_says(changes: list[ItemChange]) -> None:
    state = CatalogState()
    state.apply(changes)
    told = [one.item_id for one in changes]

    folded = folded_items(changes)

    assert [one.item_id for one in changes] == told
    for item_id, raw in folded.items():
        item = state.get(item_id)
        assert item is not None
        assert (unpacked(raw).fields, unpacked(raw).is_deleted) == (item.fields, item.is_deleted)
        assert unpacked(raw).changes("") == item.changes("")


def test_a_value_of_another_type_counts_as_missing_and_is_named() -> None:
    changes = [
        ItemChange("i", 1, "w", {"price": 3}),
        ItemChange("j", 1, "w", {"price": "cheap", "brand": "b"}),
    ]

    _, reading = read_of(changes)

    assert reading.left_out == {"price": AttributeType.NUMBER}
    assert reading.columns.record(0, TYPES) == {"price": 3}
    assert reading.columns.record(1, TYPES) == {"brand": "b"}


def test_the_first_value_gives_an_attribute_its_type() -> None:
    told = folded_items([ItemChange("i", 1, "w", {"size": 9}), ItemChange("j", 1, "w", {})])

    reading = Reading.of([*told], [*told.values()], {})

    assert reading.columns.types["size"] is AttributeType.NUMBER


def test_an_item_that_was_never_told_of_is_listed_and_not_described() -> None:
    reading = Reading.of(["stranger"], [b""], TYPES)

    assert reading.is_listed.tolist() == [True]
    assert reading.is_described.tolist() == [False]
    assert reading.item_count == 0
    assert reading.columns.value(0, "item_id") == "stranger"
    assert not np.any(reading.is_deleted)
