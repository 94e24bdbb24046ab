"""Packing keeps what the catalog says, whoever reads meanwhile and wherever it is killed."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore

from recommender_store.catalog.change import ItemChange
from recommender_store.catalog.compaction import SEGMENTS_LIMIT
from recommender_store.catalog.log import Catalog, ItemFields
from recommender_store.catalog.state import CatalogState
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.scope import Scope
from tests.recommender_store.faulty import (
    Died,
    InterruptedListing,
    InterruptedObjects,
    MortalObjects,
)


def said(state: CatalogState) -> dict[str, Any]:
    return {item_id: (item.is_deleted, item.fields) for item_id, item in state}


def keys(scope: Scope) -> list[str]:
    return [info.key for info in scope.list("changes")]


def busy(scope: Scope) -> Catalog:
    catalog = Catalog(scope)
    for number in range(SEGMENTS_LIMIT + 4):
        catalog.write([ItemFields("i", {"price": number}), ItemFields(f"j{number % 3}", {})])
    catalog.write([ItemFields("j1", {"title": "x", "price": None})], replaces=True)
    catalog.remove("j2")
    return catalog


def test_packing_keeps_the_newest_value_of_each_field(memory: Scope) -> None:
    catalog = busy(memory)
    before = said(catalog.state())

    planned, packing = catalog.plan_packing(), catalog.pack()

    assert said(catalog.state()) == before
    assert (packing.segments, packing.changes_before) == (22, 42)
    assert (planned.segments, planned.changes_before) == (22, 42)
    assert packing.changes_after == 4
    assert len(keys(memory)) == 1
    assert catalog.pack().segments == 0


def test_a_reader_with_marks_misses_nothing(memory: Scope) -> None:
    catalog = busy(memory)
    state = CatalogState()
    changes, marks = catalog.changes_after({})
    state.apply(changes)
    catalog.write([ItemFields("i", {"price": -1}), ItemFields("late", {"title": "y"})])
    catalog.pack()
    catalog.write([ItemFields("later", {})])

    changes, marks = catalog.changes_after(marks)
    state.apply(changes)

    assert said(state) == said(Catalog(memory).state())
    assert list(catalog.changes_after(marks)[0]) == []


def test_who_knew_all_that_was_packed_is_not_told_again(memory: Scope) -> None:
    catalog = busy(memory)
    _, knew = catalog.changes_after({})
    catalog.pack()
    for number in range(SEGMENTS_LIMIT + 1):
        catalog.write([ItemFields("later", {"price": number})])
    _, knew_the_packed = catalog.changes_after({})
    before, _ = catalog.changes_after(knew)
    assert {change.item_id for change in before} == {"later"}

    catalog.pack()

    assert list(catalog.changes_after(knew_the_packed)[0]) == []
    catalog.write([ItemFields("last", {})])
    told = catalog.changes_after(knew_the_packed)[0]
    assert [change.item_id for change in told] == ["last"]


def test_who_missed_a_part_of_what_was_packed_is_told_all(memory: Scope) -> None:
    catalog = busy(memory)
    changes, knew = catalog.changes_after({})
    state = CatalogState()
    state.apply(changes)
    catalog.write([ItemFields("missed", {"price": 1})])
    catalog.pack()

    changes, _ = catalog.changes_after(knew)
    state.apply(changes)

    assert said(state) == said(Catalog(memory).state())


def test_a_reader_in_the_middle_misses_nothing(memory: Scope) -> None:
    catalog = busy(memory)
    changes, _ = catalog.changes_after({})
    first = next(changes)
    catalog.pack()
    state = CatalogState()

    state.apply([first, *changes])

    assert said(state) == said(catalog.state())


def test_a_reader_between_two_listings_misses_nothing(memory: Scope) -> None:
    catalog = busy(memory)
    before = said(catalog.state())

    reader = Catalog(Scope(InterruptedListing(memory, "changes", catalog.pack)))

    assert said(reader.state()) == before
    assert len(keys(memory)) == 1


def test_a_field_that_was_taken_away_stays_away_though_an_older_value_comes_late(
    memory: Scope,
) -> None:
    catalog = busy(memory)
    catalog.write([ItemFields("i", {"price": None})])
    catalog.pack()

    catalog.append([ItemChange(name, 1, "w", {"price": 7, "old": 7}) for name in ("i", "j1", "j2")])

    assert said(catalog.state())["i"] == (False, {"old": 7})
    assert said(catalog.state())["j1"] == (False, {"title": "x"})
    assert said(catalog.state())["j2"] == (True, {})


@pytest.mark.parametrize("last", range(1, 25, 3))
def test_killed_anywhere_it_says_the_same(memory: Scope, last: int) -> None:
    before = said(busy(memory).state())
    try:
        Catalog(Scope(MortalObjects(memory, last, lands=last % 2 == 0))).pack()
    except Died:
        assert said(Catalog(memory).state()) == before

    Catalog(memory).pack()

    assert said(Catalog(memory).state()) == before


@pytest.mark.parametrize("at", ["append", "pack"])
def test_others_may_append_and_pack_meanwhile(memory: Scope, at: str) -> None:
    other = busy(memory)
    happening: dict[str, Callable[[], object]] = {
        "append": lambda: other.write([ItemFields("i", {"price": 99})]),
        "pack": other.pack,
    }
    Catalog(Scope(InterruptedObjects(memory, "changes/", [happening[at]]))).pack()

    state = said(Catalog(memory).state())

    assert state["i"] == (False, {"price": 99 if at == "append" else SEGMENTS_LIMIT + 3})
    assert len(state) == 4
    Catalog(memory).pack()
    assert said(Catalog(memory).state()) == state


values = st.dictionaries(st.sampled_from("abc"), st.sampled_from([1, 2, None]), max_size=3)
deeds = st.lists(
    st.tuples(values, st.sampled_from(["patch", "put", "delete"]), st.sampled_from("ij")),
    min_size=1,
    max_size=12,
)


@given(deeds=deeds, cut=st.integers(0, 12), data=st.data())
def test_folded_changes_say_what_all_of_them_said(deeds: Any, cut: int, data: Any) -> None:
    changes = [
        ItemChange(
            item_id,
            at,
            "w",
            {} if verb == "delete" else fields,
            replaces=verb == "put",
            is_deletion=verb == "delete",
        )
        for at, (fields, verb, item_id) in enumerate(deeds, 1)
    ]
    shuffled = data.draw(st.permutations(changes))
    some, whole = CatalogState(), CatalogState()
    some.apply(shuffled[:cut])
    whole.apply(changes)

    again = CatalogState()
    packed = [change for item_id, item in some for change in item.changes(item_id)]
    again.apply(data.draw(st.permutations([*packed, *shuffled[cut:]])))

    assert said(again) == said(whole)


def test_a_small_catalog_is_left_alone() -> None:
    scope = Scope(BucketObjects(MemoryStore()))
    catalog = Catalog(scope)
    catalog.write([ItemFields("i", {"price": 1})])

    assert catalog.pack().segments == 0
    assert len(keys(scope)) == 1
