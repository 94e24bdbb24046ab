"""
Cells: what one value of an item's attribute is, by the attribute's type.

A value of another type is refused, never converted. Pure.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeAlias

from recommender_store.errors import StoreError

from .change import RESERVED, moment
from .types import type_of

Cell: TypeAlias = str | float | bool | tuple[str, ...]


class AttributeType(StrEnum):
    """What the values of one attribute are; the words are those of a tenant's settings."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    STRINGS = "strings"


RESERVED_TYPES: Final[Mapping[str, AttributeType]] = MappingProxyType(
    {
        "item_id": AttributeType.STRING,
        **{name: AttributeType(word) for name, word in RESERVED.items()},
    }
)
"""Types that no setting and no first value changes."""


class AttributeTypeConflict(StoreError):  # noqa: N818 (what happened, as in the room's errors)
    """A value of another type than its attribute has."""

    code: ClassVar[str] = "attribute_type_conflict"

    def __init__(self, *, attribute: str, expected: str, given: str) -> None:
        super().__init__(
            f"attribute '{attribute}' takes a {expected}, but was given a {given}: "
            "send that type, or use another attribute name"
        )
        self.attribute = attribute
        self.expected = expected
        self.given = given


def epoch_s(text: str) -> float:
    """
    Seconds since 1970 of an RFC 3339 time.

    Raises:
        ValueError: it is not a time, or has no zone.
    """
    return min(max(moment(text).timestamp(), _FIRST_S), _LAST_S)


# A zone can push a time out of the years 1 to 9999; it is held at their edge.
_FIRST_S: Final = datetime.min.replace(tzinfo=UTC).timestamp()
_LAST_S: Final = datetime.max.replace(tzinfo=UTC, microsecond=0).timestamp()


def read_cell(value: object, expected: AttributeType) -> Cell | None:
    """The value as a cell of that type (a time as epoch seconds); None where it is not one."""
    return _READ[expected](value)


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= sys.float_info.max else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _time_s(value: object) -> float | None:
    try:
        return epoch_s(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _strings(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        return None
    return tuple(value)


_READ: Final[Mapping[AttributeType, Callable[[object], Cell | None]]] = {
    AttributeType.STRING: _string,
    AttributeType.NUMBER: _number,
    AttributeType.BOOLEAN: _boolean,
    AttributeType.TIME: _time_s,
    AttributeType.STRINGS: _strings,
}


def checked_cell(name: str, value: Any, known: dict[str, AttributeType]) -> Cell:
    """The value as a cell; fixes the type of an attribute that is met for the first time."""
    expected = known.get(name)
    if expected is None:
        expected = known[name] = AttributeType(type_of(value) or AttributeType.STRING)
    cell = read_cell(value, expected)
    if cell is None:
        given = AttributeType(type_of(value) or AttributeType.STRING)
        word = given if read_cell(value, given) is not None else type(value).__name__
        raise AttributeTypeConflict(attribute=name, expected=expected, given=word)
    return cell
