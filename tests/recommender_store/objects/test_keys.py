"""The rules of keys, and how ids from outside become part of one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recommender_store.errors import KeyInvalid
from recommender_store.objects.keys import (
    KEY_LIMIT,
    SEGMENT_LIMIT,
    check_key,
    check_segment,
    escape_id,
    revision_name,
    tenant_root,
)

ids = st.text(min_size=1, max_size=256)
hard_ids = st.text(alphabet="~./=%a2eE é\x00", min_size=1, max_size=256)


@given(ids | hard_ids)
@example(".")
@example("..")
@example(".tmp")
@example("\ud800")
def test_any_outside_id_becomes_one_safe_segment(outside_id: str) -> None:
    segment = escape_id(outside_id)

    assert check_segment(segment) == segment
    assert len(segment) <= 200


@given(st.lists(ids | hard_ids, min_size=2, max_size=2, unique=True))
@example(["~2f", "/"])
@example([".a", "~2ea"])
@example(["é" * 200, "é" * 201])
@example(["/" * 100, escape_id("/" * 100)])
def test_distinct_ids_become_distinct_segments(pair: list[str]) -> None:
    first, second = pair

    assert escape_id(first) != escape_id(second)


def test_a_long_escaped_id_cannot_be_the_spelling_of_a_short_one() -> None:
    long = escape_id("ä" * 256)

    assert escape_id(long) != long
    assert "~~" not in escape_id("~" * 30)


def test_a_plain_id_stays_readable() -> None:
    assert escape_id("SKU-12_3.x") == "SKU-12_3.x"
    assert escape_id("a/b c") == "a~2fb~20c"
    assert escape_id("..") == "~2e."


def test_an_empty_id_is_refused() -> None:
    with pytest.raises(KeyInvalid):
        escape_id("")


def test_keys_have_room_on_every_store() -> None:
    check_key("a" * SEGMENT_LIMIT)
    with pytest.raises(KeyInvalid, match="at most 255"):
        check_key("a" * (SEGMENT_LIMIT + 1))

    check_key("a/" * (KEY_LIMIT // 2 - 1) + "bc")
    with pytest.raises(KeyInvalid, match="at most 900"):
        check_key("a/" * (KEY_LIMIT // 2) + "b")


def test_revision_names_sort_as_numbers() -> None:
    assert revision_name(17) == "000000000017.json"
    assert revision_name(9) < revision_name(10) < revision_name(999_999_999_999)


def test_a_tenants_root_is_one_folder() -> None:
    assert tenant_root("shop") == "tenants/shop"
    for wrong in ["", "a/b", "..", "a b"]:
        with pytest.raises(KeyInvalid):
            tenant_root(wrong)
