"""
One change of one item: the fields that were sent, when, and by which replica.

An item has the reserved attributes below and any others that the tenant likes; an attribute set
to null is taken away. Values are texts, numbers, booleans and lists of texts.
"""

import re
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from .errors import ItemInvalid

RESERVED = {
    "title": "string",
    "available": "boolean",
    "available_from": "time",
    "available_until": "time",
    "created_at": "time",
    "group_id": "string",
}
"""Attributes that the platform itself understands, and their types."""

ATTRIBUTES_LIMIT = 100
TEXT_LIMIT = 4_000
LIST_LIMIT = 200
ID_LIMIT = 256
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_NOT_IN_AN_ID = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_HALF_A_CHARACTER = re.compile(r"[\ud800-\udfff]")

Value = str | float | bool | list[str] | None


class ItemChange(msgspec.Struct, omit_defaults=True, gc=False):
    """What was said about an item at one moment."""

    item_id: str
    at_us: int
    """Server time; of two changes to one field the later counts, then the greater writer."""
    writer: str
    fields: dict[str, Value] = {}
    replaces: bool = False
    """Whether everything not named in `fields` is taken away (a PUT, not a PATCH)."""
    is_deletion: bool = False


def check_item(item_id: str, fields: Mapping[str, Any]) -> dict[str, Value]:
    """
    The fields as the catalog keeps them.

    Raises:
        ItemInvalid: names the attribute and what to write instead.
    """
    if not 1 <= len(item_id) <= ID_LIMIT or _NOT_IN_AN_ID.search(item_id):
        reason = f"an id has 1 to {ID_LIMIT} characters and no control characters"
        raise ItemInvalid(item_id=item_id[:80], attribute="item_id", reason=reason)
    if len(fields) > ATTRIBUTES_LIMIT:
        reason = f"an item has at most {ATTRIBUTES_LIMIT} attributes"
        raise ItemInvalid(item_id=item_id, attribute="*", reason=reason)
    checked: dict[str, Value] = {}
    for name, value in fields.items():
        fault = _name_fault(name) or _value_fault(value) or _reserved_fault(name, value)
        if fault:
            raise ItemInvalid(item_id=item_id, attribute=str(name)[:80], reason=fault)
        checked[name] = value
    return checked


def _name_fault(name: str) -> str | None:
    if name == "item_id":
        return "the id is not an attribute"
    if not _NAME.fullmatch(name):
        return "a name has letters, digits and '_', at most 64, and does not begin with a digit"
    return None


def _value_fault(value: object) -> str | None:
    match value:
        case None | bool():
            return None
        case str():
            return _text_fault(value)
        case int() | float():
            # Compared, not converted: an int may be too large for a float, and NaN is not <= any.
            return None if abs(value) <= sys.float_info.max else "a number is finite"
        case list():
            if len(value) > LIST_LIMIT or not all(isinstance(one, str) for one in value):
                return f"a list holds at most {LIST_LIMIT} texts and nothing else"
            return next((fault for one in value if (fault := _text_fault(one))), None)
    return "a value is a text, a number, true or false, a list of texts, or null"


def _text_fault(text: str) -> str | None:
    if len(text) > TEXT_LIMIT:
        return f"a text has at most {TEXT_LIMIT} characters"
    if _HALF_A_CHARACTER.search(text):
        return "a text is Unicode, without half a surrogate pair"
    return None


def _reserved_fault(name: str, value: object) -> str | None:
    expected = RESERVED.get(name)
    if expected is None or value is None:
        return None
    if expected == "boolean":
        return None if isinstance(value, bool) else f"'{name}' is true or false"
    if not isinstance(value, str):
        return f"'{name}' is a text"
    if expected == "time":
        return time_fault(value)
    return None


def moment(text: str) -> datetime:
    """
    The aware time that a text tells.

    Raises:
        ValueError: it is not a time, or has no zone.
    """
    at = datetime.fromisoformat(text.upper())
    if at.tzinfo is None:
        raise ValueError(f"the time {text!r} has no zone")
    return at


def time_fault(text: str) -> str | None:
    try:
        moment(text)
    except ValueError:
        return "it is a time with a zone, such as 2026-11-20T10:00:00Z"
    return None
