"""Items go in durably and come out as they were last said to be."""

from itertools import count

import pytest

from recommender_store.catalog.errors import ItemInvalid
from recommender_store.catalog.log import LINES_PER_SEGMENT, Catalog, ItemFields
from recommender_store.errors import StoreFull
from recommender_store.objects.scope import Scope
from tests.recommender_store.faulty import FullObjects


def fields(catalog: Catalog, item_id: str) -> dict[str, object]:
    item = catalog.state().get(item_id)
    assert item is not None
    return dict(item.fields)


def test_what_is_written_is_told_by_every_process(memory: Scope) -> None:
    catalog = Catalog(memory)
    catalog.write([ItemFields("i", {"title": "One", "price": 2}), ItemFields("j", {"price": 3.5})])
    catalog.write([ItemFields("i", {"price": None})])
    catalog.write([ItemFields("j", {"title": "Two"})], replaces=True)

    assert fields(Catalog(memory), "i") == {"title": "One"}
    assert fields(Catalog(memory), "j") == {"title": "Two"}


def test_a_removed_item_stays_known_as_removed(memory: Scope) -> None:
    catalog = Catalog(memory)
    catalog.remove("never seen")
    catalog.write([ItemFields("i", {})])
    catalog.remove("i")

    assert [item.is_deleted for _, item in catalog.state()] == [True, True]


def test_nothing_is_written_where_one_item_is_bad(memory: Scope) -> None:
    catalog = Catalog(memory)
    catalog.write([ItemFields("i", {"price": 1})])
    before = [info.key for info in memory.list()]

    for bad in ({"price": "cheap"}, {"price": 10**400}, {"a b": 1}):
        with pytest.raises(ItemInvalid):
            catalog.write([ItemFields("j", {"colour": "red"}), ItemFields("k", bad)])
    with pytest.raises(ItemInvalid):
        catalog.remove("")

    assert [info.key for info in memory.list()] == before
    assert "colour" not in catalog.types.all()


def test_an_item_that_comes_twice_is_checked_and_changed_twice(memory: Scope) -> None:
    catalog = Catalog(memory)
    catalog.write([ItemFields("i", {"a": 1, "b": 1}), ItemFields("i", {"b": 2})])

    assert fields(catalog, "i") == {"a": 1, "b": 2}
    with pytest.raises(ItemInvalid):
        catalog.write([ItemFields("i", {"a": "x"}), ItemFields("i", {"a": 2})])


def test_a_clock_set_back_undoes_no_change(memory: Scope) -> None:
    times = iter([1_000_000, 999_999, 5, 5])
    catalog = Catalog(memory, lambda: next(times))
    for price in (1, 2, 3):
        catalog.write([ItemFields("i", {"price": price})])
    assert fields(catalog, "i") == {"price": 3}

    catalog.remove("i")
    item = catalog.state().get("i")
    assert item is not None
    assert item.is_deleted


def test_a_large_import_does_not_outrun_the_clock(memory: Scope) -> None:
    now = count(10_000_000, 50)
    catalog = Catalog(memory, lambda: next(now))
    catalog.write([ItemFields(f"i{n}", {"a": 1}) for n in range(1000)])

    later = Catalog(memory, lambda: next(now))
    later.write([ItemFields("i999", {"a": 2})])

    assert fields(later, "i999") == {"a": 2}


def test_a_reader_goes_on_from_its_marks(memory: Scope) -> None:
    catalog = Catalog(memory)
    catalog.write([ItemFields("i", {"a": 1})])
    _, marks = catalog.changes_after({})
    catalog.write([ItemFields("j", {"a": 1})])

    changes, further = Catalog(memory).changes_after(marks)

    assert [change.item_id for change in changes] == ["j"]
    assert list(catalog.changes_after(further)[0]) == []


def test_many_items_are_written_in_several_segments(memory: Scope) -> None:
    catalog = Catalog(memory)
    catalog.write([ItemFields(f"i{n}", {}) for n in range(LINES_PER_SEGMENT + 1)])

    assert len(list(memory.list("changes"))) == 2
    assert len(catalog.state()) == LINES_PER_SEGMENT + 1


def test_of_many_items_those_are_written_that_fit_and_the_rest_is_told(memory: Scope) -> None:
    catalog = Catalog(memory)

    written, refused = catalog.write_fitting(
        [ItemFields("i", {"a": 1}), ItemFields("j", {"a": "x"}), ItemFields("i", {"a": 2})]
    )

    assert written == 2
    assert [(one.place, one.item_id, one.error.attribute) for one in refused] == [(1, "j", "a")]
    assert fields(catalog, "i") == {"a": 2}
    assert catalog.state().get("j") is None


def test_where_no_item_fits_nothing_is_written(memory: Scope) -> None:
    catalog = Catalog(memory)

    assert catalog.write_fitting([ItemFields("", {})]).written == 0
    assert list(memory.list("changes")) == []


def test_a_full_disk_is_told_and_nothing_of_before_is_lost(memory: Scope) -> None:
    Catalog(memory).write([ItemFields("i", {"a": 1})])
    full = Catalog(Scope(FullObjects(memory, room_for=0)))

    with pytest.raises(StoreFull):
        full.write([ItemFields("i", {"a": 2})])
    with pytest.raises(StoreFull):
        full.write([ItemFields("i", {"b": 2})])

    assert fields(Catalog(memory), "i") == {"a": 1}
