"""
The fields of an event: their names and limits, and what makes each of them valid.

Pure: a field's name, its value and the time come in, a fault or nothing comes out. No fault
repeats the value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import NamedTuple

from .errors import TimeUnreadable
from .moments import parse_time

KINDS = frozenset(
    {"impression", "view", "click", "cart", "favorite", "purchase", "rating", "dislike"}
)
PLATFORM_KINDS = frozenset({"served", "identify"})
"""Written by the platform alone, refused from tenants."""
CUSTOM_PREFIX = "custom:"

EVENT_FIELDS = (
    "event_id",
    "kind",
    "user_id",
    "session_id",
    "item_id",
    "items",
    "occurred_at",
    "quantity",
    "value",
    "recommendation_id",
    "placement",
    "position",
    "attributes",
)

ID_LENGTH_LIMIT = 256
ITEMS_LIMIT = 500
"""Items of one impression: more than a page shows, and an event of this size fits a batch."""
ATTRIBUTES_BYTES_LIMIT = 16 * 1024
EVENTS_PER_BATCH_LIMIT = 1000
BATCH_BYTES_LIMIT = 2 * 1024 * 1024
POSITION_LIMIT = 2**31 - 1
"""Positions are 32-bit integers in the log."""
NUMBER_LIMIT = 2**53
"""Beyond it a double no longer tells neighbouring integers apart."""
EARLIEST_OCCURRED_AT = "1990-01-01T00:00:00Z"
EARLIEST_OCCURRED_AT_S = parse_time(EARLIEST_OCCURRED_AT)
FUTURE_TOLERANCE_S = 24 * 3600.0
"""Clocks of other machines go wrong by hours, hardly by days."""

_CUSTOM_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")


class Fault(NamedTuple):
    """Why an event is refused: a stable code, the field, and a sentence that says what to do."""

    code: str
    field: str
    detail: str


def id_text_fault(name: str, text: str) -> Fault | None:
    if not text:
        return Fault("id_empty", name, f"{name} is empty; leave the field out or fill it")
    if len(text) > ID_LENGTH_LIMIT:
        return Fault("id_too_long", name, f"shorten {name} to at most {ID_LENGTH_LIMIT} characters")
    for character in text:
        code = ord(character)
        if code < 0x20 or 0x7F <= code <= 0x9F:
            return Fault("id_control_character", name, f"remove control characters from {name}")
        if 0xD800 <= code <= 0xDFFF:
            return Fault("id_not_unicode", name, f"{name} holds half a surrogate pair; send UTF-8")
    return None


def _check_id(name: str, value: object, _now_s: float) -> Fault | None:
    if not isinstance(value, str):
        return Fault("field_type", name, f"{name} must be a string; put the id in quotes")
    return id_text_fault(name, value)


def _check_kind(name: str, value: object, _now_s: float) -> Fault | None:
    if not isinstance(value, str):
        return Fault("field_type", name, "kind must be a string such as view or purchase")
    if value in KINDS:
        return None
    if value in PLATFORM_KINDS:
        return Fault("kind_reserved", name, "this kind is written by the platform; choose another")
    if value.startswith(CUSTOM_PREFIX) and _CUSTOM_NAME.fullmatch(value, len(CUSTOM_PREFIX)):
        return None
    known = ", ".join(sorted(KINDS))
    return Fault("kind_unknown", name, f"use one of {known}, or custom: and a name of 1-64 letters")


def _check_items(name: str, value: object, now_s: float) -> Fault | None:
    if not isinstance(value, (list, tuple)):
        return Fault("field_type", name, "items must be a list of item ids in the order shown")
    if not value:
        return Fault("items_empty", name, "items is empty; send no event when nothing was shown")
    if len(value) > ITEMS_LIMIT:
        return Fault("items_too_many", name, f"send at most {ITEMS_LIMIT} items in one impression")
    if _are_plain_ids(value):
        return None
    for item_id in value:
        fault = _check_id(name, item_id, now_s)
        if fault is not None:
            return fault
    return None


def _are_plain_ids(values: list[object] | tuple[object, ...]) -> bool:
    """Whether all are ids beyond doubt, asked of all at once: a page shows many."""
    try:
        text = "".join(values)  # type: ignore[arg-type]  # what is no text raises
    except TypeError:
        return False
    lengths = [*map(len, values)]  # type: ignore[arg-type]  # all are texts by now
    return text.isprintable() and min(lengths) > 0 and max(lengths) <= ID_LENGTH_LIMIT


def _check_time(name: str, value: object, now_s: float) -> Fault | None:
    if not isinstance(value, str):
        return Fault("field_type", name, "write the time as text like 2026-11-20T10:00:00Z")
    try:
        occurred_at_s = parse_time(value)
    except TimeUnreadable as error:
        return Fault(error.code, name, str(error))
    if occurred_at_s > now_s + FUTURE_TOLERANCE_S:
        return Fault("time_in_future", name, "the time is over a day ahead; set the sender's clock")
    if occurred_at_s < EARLIEST_OCCURRED_AT_S:
        return Fault("time_too_old", name, "the time lies before 1990; check its unit and format")
    return None


def _check_number(name: str, value: object, _now_s: float) -> Fault | None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return Fault("field_type", name, f"{name} must be a number")
    if -NUMBER_LIMIT <= value <= NUMBER_LIMIT:
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return Fault("value_not_finite", name, f"{name} must be finite; leave it out if unknown")
    return Fault("value_out_of_range", name, f"{name} must lie within ±2^53")


def _check_quantity(name: str, value: object, now_s: float) -> Fault | None:
    fault = _check_number(name, value, now_s)
    if fault is None and value <= 0:  # type: ignore[operator]  # a number by now
        return Fault("value_out_of_range", name, "quantity must be above 0; a return is no event")
    return fault


def _check_position(name: str, value: object, _now_s: float) -> Fault | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return Fault("field_type", name, "position must be an integer")
    if not 0 <= value <= POSITION_LIMIT:
        return Fault("value_out_of_range", name, f"position must lie in 0-{POSITION_LIMIT}")
    return None


def _check_attributes(name: str, value: object, _now_s: float) -> Fault | None:
    if not isinstance(value, dict):
        return Fault("field_type", name, "attributes must be a JSON object")
    if not value:
        return None
    try:
        size_bytes = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError) as error:
        return _attributes_fault(name, error)
    if size_bytes > ATTRIBUTES_BYTES_LIMIT:
        return Fault(
            "attributes_too_large", name, f"keep to {ATTRIBUTES_BYTES_LIMIT} bytes of JSON"
        )
    return None


def _attributes_fault(name: str, error: Exception) -> Fault:
    if isinstance(error, UnicodeEncodeError):
        return Fault("attributes_not_unicode", name, "a text holds half a surrogate pair")
    if isinstance(error, RecursionError):
        return Fault("attributes_too_deep", name, "nest attributes less deeply")
    if isinstance(error, ValueError):
        return Fault(
            "value_not_finite", name, "numbers in attributes must be finite, without cycles"
        )
    return Fault("field_type", name, "attributes may hold JSON values only")


ID_FIELDS = frozenset(
    {"event_id", "user_id", "session_id", "item_id", "recommendation_id", "placement"}
)
FIELD_CHECKS: dict[str, Callable[[str, object, float], Fault | None]] = {
    **dict.fromkeys(ID_FIELDS, _check_id),
    "kind": _check_kind,
    "items": _check_items,
    "occurred_at": _check_time,
    "quantity": _check_quantity,
    "value": _check_number,
    "position": _check_position,
    "attributes": _check_attributes,
}
