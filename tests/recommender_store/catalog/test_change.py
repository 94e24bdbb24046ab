"""What an item may hold, and what is said where it may not."""

import math
from typing import Any

import pytest

from recommender_store.catalog.change import check_item, moment
from recommender_store.catalog.errors import ItemInvalid


def refused(item_id: str, fields: dict[Any, Any]) -> ItemInvalid:
    with pytest.raises(ItemInvalid) as caught:
        check_item(item_id, fields)
    assert caught.value.code == "item_invalid"
    return caught.value


@pytest.mark.parametrize("item_id", ["a", "sku/1 %2F", "é\u00a0\u3000", "👩\u200d🚀", "x" * 256])
def test_any_opaque_id_is_fine(item_id: str) -> None:
    assert check_item(item_id, {}) == {}


@pytest.mark.parametrize("item_id", ["", "x" * 257, "a\nb", "\x00", "\x7f", "\x85", "\ud800"])
def test_a_bad_id_is_refused(item_id: str) -> None:
    assert refused(item_id, {}).attribute == "item_id"


@pytest.mark.parametrize(
    "value",
    [None, True, "", "x" * 4000, 0, -1.5, 2**53, 10**308, [], ["a", "b"], ["x"] * 200],
)
def test_a_value_is_kept_as_it_is_sent(value: Any) -> None:
    assert check_item("i", {"a": value}) == {"a": value}


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        10**400,
        -(10**400),
        "x" * 4001,
        "\ud800",
        ["\udfff"],
        ["x" * 4001],
        ["x"] * 201,
        [1],
        [None],
        {},
        {"a": 1},
        b"bytes",
        (1,),
    ],
)
def test_a_bad_value_is_refused_with_its_attributes_name(value: Any) -> None:
    assert refused("i", {"a": value}).attribute == "a"


@pytest.mark.parametrize("name", ["", "item_id", "a b", "1a", "é", "a" * 65, "a.b", "a\n"])
def test_a_bad_name_is_refused(name: str) -> None:
    assert refused("i", {name: 1}).attribute == name


def test_an_item_has_at_most_a_hundred_attributes() -> None:
    assert len(check_item("i", {f"a{n}": n for n in range(100)})) == 100
    refused("i", {f"a{n}": n for n in range(101)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("available", "yes"),
        ("available", 1),
        ("title", 5),
        ("title", ["a"]),
        ("group_id", True),
        ("available_from", 1_700_000_000),
        ("available_from", "tomorrow"),
        ("available_until", "2026-11-20T10:00:00"),
        ("created_at", "2026-11-20"),
    ],
)
def test_a_reserved_attribute_keeps_its_type(name: str, value: Any) -> None:
    assert refused("i", {name: value}).attribute == name


@pytest.mark.parametrize("text", ["2026-11-20T10:00:00Z", "2026-11-20t11:00:00+01:00"])
def test_a_time_may_be_spelt_as_rfc_3339_allows(text: str) -> None:
    assert check_item("i", {"created_at": text}) == {"created_at": text}
    assert moment(text) == moment("2026-11-20T10:00:00Z")


def test_a_reserved_attribute_may_be_taken_away() -> None:
    assert check_item("i", {"available": None}) == {"available": None}
