import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loggers_sdk.events import (
    ATTRIBUTES_BYTES_LIMIT,
    EVENT_FIELDS,
    FUTURE_TOLERANCE_S,
    ITEMS_LIMIT,
    KINDS,
    Event,
    check_event,
    format_time,
    new_event_id,
)
from loggers_sdk.wire import encode_event

NOW_S = 1_800_000_000.0
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(), values, max_size=4),
    max_leaves=12,
)


def event(**changes: object) -> dict[str, object]:
    raw: dict[str, object] = {
        "event_id": "e-1",
        "kind": "view",
        "user_id": "u1",
        "item_id": "sku-1",
        "occurred_at": format_time(NOW_S),
    }
    return {name: value for name, value in {**raw, **changes}.items() if value != "absent"}


def fault_of(**changes: object) -> tuple[str, str] | None:
    fault = check_event(event(**changes), NOW_S)
    return None if fault is None else (fault.code, fault.field)


@pytest.mark.parametrize("kind", sorted(KINDS - {"impression"}))
def test_an_event_of_each_kind_with_every_field_is_valid(kind: str) -> None:
    full = event(
        kind=kind,
        session_id="s",
        items=["a", "b"],
        quantity=2,
        value=-1.5,
        recommendation_id="rec_1",
        placement="home",
        position=0,
        attributes={"colour": "grün", "nested": {"list": [1, None, True]}},
    )

    assert set(full) == set(EVENT_FIELDS)
    assert check_event(full, NOW_S) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "impression", "items": ["a"], "item_id": "absent"},
        {"kind": "custom:share"},
        {"user_id": None, "session_id": "s1"},
        {"item_id": "x" * 256},
        {"item_id": "ключ / 100% \u00a0\U0001f600"},
        {"occurred_at": "1990-01-01T00:00:00Z"},
        {"occurred_at": format_time(NOW_S + FUTURE_TOLERANCE_S)},
        {"attributes": None},
        {"attributes": {}},
        {"quantity": 0.5},
        {"value": 2**53},
        {"items": ["a\u00a0b", "c"]},
        {"items": ["a"] * ITEMS_LIMIT},
    ],
)
def test_what_the_contract_allows_is_valid(changes: dict[str, object]) -> None:
    assert fault_of(**changes) is None


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"event_id": "absent"}, "field_missing", "event_id"),
        ({"kind": "absent"}, "field_missing", "kind"),
        ({"occurred_at": None}, "field_missing", "occurred_at"),
        ({"item_id": "absent"}, "field_missing", "item_id"),
        ({"kind": "impression"}, "field_missing", "items"),
        ({"kind": "rating"}, "field_missing", "value"),
        ({"user_id": "absent"}, "field_missing", "user_id"),
        ({"price": 3}, "field_unknown", "price"),
        ({"not a name": 3}, "field_unknown", ""),
        ({"user_id": 7}, "field_type", "user_id"),
        ({"user_id": ""}, "id_empty", "user_id"),
        ({"item_id": "x" * 257}, "id_too_long", "item_id"),
        ({"item_id": "a\nb"}, "id_control_character", "item_id"),
        ({"item_id": "a\x85b"}, "id_control_character", "item_id"),
        ({"item_id": "\ud800"}, "id_not_unicode", "item_id"),
        ({"kind": "wiew"}, "kind_unknown", "kind"),
        ({"kind": "custom:"}, "kind_unknown", "kind"),
        ({"kind": "custom:two words"}, "kind_unknown", "kind"),
        ({"kind": "served"}, "kind_reserved", "kind"),
        ({"kind": "identify"}, "kind_reserved", "kind"),
        ({"kind": ["view"]}, "field_type", "kind"),
        ({"items": "a,b"}, "field_type", "items"),
        ({"items": []}, "items_empty", "items"),
        ({"items": ["a"] * (ITEMS_LIMIT + 1)}, "items_too_many", "items"),
        ({"items": ["a", ""]}, "id_empty", "items"),
        ({"items": ["a", None]}, "field_type", "items"),
        ({"occurred_at": 1_800_000_000}, "field_type", "occurred_at"),
        ({"occurred_at": "yesterday"}, "time_invalid", "occurred_at"),
        ({"occurred_at": "2026-11-20T10:00:00"}, "time_zone_missing", "occurred_at"),
        ({"occurred_at": "1989-12-31T23:59:59Z"}, "time_too_old", "occurred_at"),
        (
            {"occurred_at": format_time(NOW_S + FUTURE_TOLERANCE_S + 1)},
            "time_in_future",
            "occurred_at",
        ),
        ({"value": "19.90"}, "field_type", "value"),
        ({"value": True}, "field_type", "value"),
        ({"value": float("nan")}, "value_not_finite", "value"),
        ({"value": float("-inf")}, "value_not_finite", "value"),
        ({"value": 10**400}, "value_out_of_range", "value"),
        ({"quantity": 0}, "value_out_of_range", "quantity"),
        ({"quantity": "2"}, "field_type", "quantity"),
        ({"position": 1.0}, "field_type", "position"),
        ({"position": False}, "field_type", "position"),
        ({"position": -1}, "value_out_of_range", "position"),
        ({"position": 2**31}, "value_out_of_range", "position"),
        ({"attributes": []}, "field_type", "attributes"),
        ({"attributes": {"a": {1, 2}}}, "field_type", "attributes"),
        ({"attributes": {"a": float("inf")}}, "value_not_finite", "attributes"),
        ({"attributes": {"a": "\udfff"}}, "attributes_not_unicode", "attributes"),
        (
            {"attributes": {"a": "x" * ATTRIBUTES_BYTES_LIMIT}},
            "attributes_too_large",
            "attributes",
        ),
    ],
)
def test_a_fault_has_a_stable_code_and_names_its_field(
    changes: dict[str, object], code: str, field: str
) -> None:
    assert fault_of(**changes) == (code, field)


def test_attributes_nested_beyond_reason_are_a_fault_and_no_crash() -> None:
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"a": deep}

    assert fault_of(attributes=deep) == ("attributes_too_deep", "attributes")
    while deep:  # taken apart by hand: freeing it at once would recurse as deep
        deep = deep.pop("a")


@pytest.mark.parametrize("raw", [None, 3, "event", [], [["event_id", "e"]]])
def test_what_is_no_object_is_a_fault(raw: object) -> None:
    fault = check_event(raw, NOW_S)

    assert fault is not None
    assert fault.code == "event_type"


@given(json_values)
def test_no_json_value_makes_the_check_raise(raw: object) -> None:
    check_event(raw, NOW_S)


@given(st.dictionaries(st.sampled_from(EVENT_FIELDS), json_values))
def test_no_value_of_any_field_makes_the_check_raise_or_lets_it_pass_unencodable(
    changes: dict[str, object],
) -> None:
    raw = {**event(), **changes}

    if check_event(raw, NOW_S) is None:
        assert json.loads(encode_event(raw)) == {k: v for k, v in raw.items() if v is not None}


@given(json_values)
def test_no_fault_repeats_the_value(value: object) -> None:
    secret = "s3cret-" * 40
    fault = check_event(event(user_id=secret, attributes={"a": value, secret: object()}), NOW_S)

    assert fault is not None
    assert "s3cret" not in str(fault)


def test_an_event_travels_to_python_and_back() -> None:
    raw = event(items=["a", "b"], quantity=2.0, attributes={"a": 1})

    assert Event.from_raw(raw).items == ("a", "b")
    assert Event.from_raw(raw).to_raw() == raw
    assert Event.from_raw({**event(), "value": None}).to_raw() == event()


def test_event_ids_are_distinct_uuids_of_version_7_in_the_order_of_time() -> None:
    ids = [new_event_id() for _ in range(10_000)]
    time.sleep(0.002)
    later = new_event_id()

    assert len(set(ids)) == len(ids)
    assert all(len(i) == 36 and i[14] == "7" and i[19] in "89ab" for i in ids)
    assert max(ids) < later
