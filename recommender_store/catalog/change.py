"""
One change of one item: the fields that were sent, when, and by which replica.

An item has the reserved attributes below and any others that the tenant likes; an attribute set
to null is taken away. Values are texts, numbers, booleans and lists of texts.
"""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from recommender_store.errors import ItemInvalid

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

Value = str | float | bool | list[str] | None


class ItemChange(msgspec.Struct, omit_defaults=True):
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
    if not 1 <= len(item_id) <= ID_LIMIT or not item_id.isprintable():
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
            return (
                f"a text has at most {TEXT_LIMIT} characters" if len(value) > TEXT_LIMIT else None
            )
        case int() | float():
            return None if math.isfinite(value) else "a number is finite"
        case list():
            if len(value) > LIST_LIMIT or not all(
                isinstance(one, str) and len(one) <= TEXT_LIMIT for one in value
            ):
                return f"a list holds at most {LIST_LIMIT} texts and nothing else"
            return None
    return "a value is a text, a number, true or false, a list of texts, or null"


def _reserved_fault(name: str, value: object) -> str | None:
    expected = RESERVED.get(name)
    if expected is None or value is None:
        return None
    if expected == "boolean":
        return None if isinstance(value, bool) else f"'{name}' is true or false"
    if not isinstance(value, str):
        return f"'{name}' is a text"
    if expected == "time":
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return f"'{name}' is a time such as 2026-11-20T10:00:00Z"
        return None if at.tzinfo else f"'{name}' needs a zone, for example a 'Z' at its end"
    return None
