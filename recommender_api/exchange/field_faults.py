"""
What pydantic says of a wrong field, as our own codes and sentences; nothing else names its words.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from recommender_api.errors import FieldFault, pointer_to


class _Kind(NamedTuple):
    """One of our codes, and what to write instead; braces name pydantic's own limits."""

    code: str
    sentence: str


_WHOLE = _Kind("field_type", "a whole number is written 10")
_NUMBER = _Kind("field_type", "a number is written 0.5")
_TRUTH = _Kind("field_type", "write true or false")
_TEXT = _Kind("field_type", "send a text")
_LIST = _Kind("field_type", "send a list")
_OBJECT = _Kind("field_type", "send a JSON object")
_DAY = _Kind("time_invalid", "a day is written 2026-11-20")
_TIME = _Kind("time_invalid", "a time is written 2026-11-20T10:00:00Z")

_SHORT = _Kind("too_short", "its length is at least {min_length}")
_LONG = _Kind("too_long", "its length is at most {max_length}")
_NO_BODY = _Kind("field_missing", "the body is missing: send a JSON object")

_KINDS: Mapping[str, _Kind] = {
    "missing": _Kind("field_missing", "it is missing: add it"),
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), _WHOLE),
    **dict.fromkeys(("float_type", "float_parsing"), _NUMBER),
    **dict.fromkeys(("bool_type", "bool_parsing"), _TRUTH),
    "string_type": _TEXT,
    **dict.fromkeys(("list_type", "tuple_type"), _LIST),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), _OBJECT),
    **dict.fromkeys(("date_type", "date_parsing"), _DAY),
    **dict.fromkeys(("date_from_datetime_parsing", "date_from_datetime_inexact"), _DAY),
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), _TIME),
    "timezone_aware": _Kind("time_zone_missing", "end the time with Z or an offset"),
    "finite_number": _Kind("value_not_finite", "a number is neither infinite nor NaN"),
    "greater_than_equal": _Kind("value_out_of_range", "it is at least {ge}"),
    "less_than_equal": _Kind("value_out_of_range", "it is at most {le}"),
    "greater_than": _Kind("value_out_of_range", "it is more than {gt}"),
    "less_than": _Kind("value_out_of_range", "it is less than {lt}"),
    "contradiction": _Kind("contradiction", "{sentence}"),
    "record_id": _Kind(
        "id_invalid", "an id has up to 64 letters, digits and . _ -, a letter or digit first"
    ),
    "literal_error": _Kind("choice_unknown", "write {expected}"),
    **dict.fromkeys(("string_too_short", "too_short"), _SHORT),
    **dict.fromkeys(("string_too_long", "too_long"), _LONG),
    "string_pattern_mismatch": _Kind("id_control_character", "an id has no control characters"),
}
"""By pydantic's name; ids are the only texts with a pattern."""


def field_faults(errors: Sequence[Any], known: Collection[str]) -> Iterator[FieldFault]:
    """
    One fault a field: a union reports each of its members, the field is enough.

    Args:
        errors: as pydantic tells them.
        known: the names that there are, for whoever sends another.
    """
    told = set()
    for one in errors:
        field = one["loc"][:1]
        if field and field in told:
            continue
        told.add(field)
        places = takewhile(lambda part: isinstance(part, int), one["loc"][1:])
        yield FieldFault(pointer_to([*field, *places]), *_kind_of(one, known))


def _kind_of(one: Any, known: Collection[str]) -> _Kind:
    if one["type"] == "extra_forbidden":
        return _Kind("field_unknown", f"there is no such field: known are {', '.join(known)}")
    if one["type"] == "missing" and not one["loc"]:
        return _NO_BODY
    kind = _KINDS.get(one["type"])
    if kind is None:
        return _Kind("field_invalid", str(one["msg"]))
    return kind._replace(sentence=kind.sentence.format_map(one.get("ctx", {})))
