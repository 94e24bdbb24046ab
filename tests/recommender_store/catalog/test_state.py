"""Folding changes: the last word on each field counts, in whatever order the words arrive."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_store.catalog.change import ItemChange
from recommender_store.catalog.item import Item
from recommender_store.catalog.state import CatalogState

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def put(at_us: int, **fields: Any) -> ItemChange:
    return ItemChange("i", at_us, "w", fields, replaces=True)


def patch(at_us: int, **fields: Any) -> ItemChange:
    return ItemChange("i", at_us, "w", fields)


def deletion(at_us: int) -> ItemChange:
    return ItemChange("i", at_us, "w", is_deletion=True)


def folded(*changes: ItemChange) -> Item:
    state = CatalogState()
    state.apply(changes)
    item = state.get("i")
    assert item is not None
    return item


def test_a_patch_changes_only_what_it_names() -> None:
    assert folded(put(1, a=1, b=2), patch(2, b=3, c=4)).fields == {"a": 1, "b": 3, "c": 4}


def test_a_put_takes_away_what_it_does_not_name() -> None:
    assert folded(patch(1, a=1, b=2), put(2, b=3)).fields == {"b": 3}


def test_null_takes_a_field_away() -> None:
    assert folded(put(1, a=1, b=2), patch(2, a=None)).fields == {"b": 2}


def test_a_deleted_item_has_nothing_and_is_not_shown() -> None:
    item = folded(put(1, a=1), deletion(2))

    assert item.is_deleted
    assert item.fields == {}
    assert not item.is_shown(NOW)


def test_an_item_that_comes_back_has_only_what_was_said_since() -> None:
    item = folded(put(1, a=1), deletion(2), patch(3, b=2))

    assert not item.is_deleted
    assert item.fields == {"b": 2}


def test_of_two_replicas_at_one_moment_the_greater_name_counts() -> None:
    changes = [ItemChange("i", 1, writer, {"a": writer}) for writer in ("x", "y")]

    assert folded(*changes).fields == folded(*changes[::-1]).fields == {"a": "y"}


change = st.one_of(
    st.builds(
        lambda fields, replaces: {"fields": fields, "replaces": replaces},
        st.dictionaries(st.sampled_from("abc"), st.one_of(st.none(), st.integers(0, 3))),
        st.booleans(),
    ),
    st.just({"is_deletion": True}),
)


@given(said=st.lists(change, max_size=8), data=st.data())
def test_the_order_of_arrival_does_not_matter(said: list[dict[str, Any]], data: Any) -> None:
    changes = [ItemChange("i", at, "w", **what) for at, what in enumerate(said, start=1)]
    naive: dict[str, int] = {}
    for what in said:
        if what.get("is_deletion") or what.get("replaces"):
            naive = {}
        naive.update(what.get("fields", {}))

    shuffled = data.draw(st.permutations(changes))
    state = CatalogState()
    state.apply(shuffled)
    state.apply(data.draw(st.permutations(changes)))

    item = state.get("i")
    assert (item is None) == (not said)
    if item is not None:
        assert item.fields == {name: value for name, value in naive.items() if value is not None}
        assert item.is_deleted == bool(said[-1].get("is_deletion"))


@pytest.mark.parametrize(
    ("fields", "is_shown"),
    [
        ({}, True),
        ({"available": True}, True),
        ({"available": False}, False),
        ({"available_from": "2026-11-20T10:00:00Z"}, True),
        ({"available_from": "2026-11-20T10:00:00.000001Z"}, False),
        ({"available_until": "2026-11-20T10:00:00Z"}, False),
        ({"available_until": "2026-11-20T11:00:00.000001+01:00"}, True),
        ({"available_from": "0001-01-01T00:00:00+14:00"}, True),
        ({"available_until": "9999-12-31T23:59:59-14:00"}, True),
        ({"available": True, "available_until": "2020-01-01T00:00:00z"}, False),
    ],
)
def test_an_item_is_shown_while_it_is_to_be_had(fields: dict[str, Any], is_shown: bool) -> None:  # noqa: FBT001 - a table
    assert folded(put(1, **fields)).is_shown(NOW) == is_shown


def test_a_state_tells_what_a_change_touched() -> None:
    state = CatalogState()

    assert state.apply([patch(1, a=1), ItemChange("j", 1, "w")]) == {"i", "j"}
    assert len(state) == 2
    assert [item_id for item_id, _ in state] == ["i", "j"]
    assert state.get("k") is None
