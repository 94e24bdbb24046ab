"""
A record as text in a form: read, and its faults told beside the lines that they are about.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from recommender_api.console.look.formats import as_json
from recommender_api.errors import ApiError, FieldFault, RequestInvalid
from recommender_api.exchange.asgi import parse_json
from recommender_store.errors import StoreError

_SHOWN_AROUND = 30
UNSAID = ("revision", "written", "warnings", "built_in")
"""What a record is answered with and a form need not repeat."""


class Told(NamedTuple):
    """One fault: where, what, and the text around the character that it is about."""

    field: str
    detail: str
    line: int | None = None
    before: str = ""
    at: str = ""
    after: str = ""


def text_of(record: dict[str, Any]) -> str:
    return as_json({name: value for name, value in record.items() if name not in UNSAID})


def read(text: str) -> dict[str, Any]:
    """
    Raises:
        BodyMalformed, RequestInvalid: where it is no JSON object.
    """
    value = parse_json(text.encode("utf-8", "replace"), "a JSON object")
    if not isinstance(value, dict):
        raise RequestInvalid([FieldFault("", "field_type", "send a JSON object")])
    return value


def told(error: ApiError | StoreError, text: str) -> list[Told]:
    """What is wrong with the text, each at its place."""
    faults = error.faults if isinstance(error, ApiError) else ()
    return [_told(one, text) for one in faults] or [Told("", str(error), _line_of_json(text))]


def _told(fault: FieldFault, text: str) -> Told:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in fault.pointer.split("/")[1:]]
    where = Told(".".join(parts), fault.detail, _line_of(text, parts))
    value = _value_at(text, parts)
    if fault.position is None or not isinstance(value, str):
        return where
    at = min(fault.position, len(value))
    return where._replace(
        before=value[max(0, at - _SHOWN_AROUND) : at],
        at=value[at : at + 1] or "⏎",
        after=value[at + 1 : at + _SHOWN_AROUND],
    )


def _line_of(text: str, parts: Sequence[str]) -> int | None:
    """The first line that names the field."""
    names = [part for part in parts if not part.isdigit()]
    if not names:
        return None
    wanted = f"{json.dumps(names[-1], ensure_ascii=False)}"
    lines = enumerate(text.splitlines(), start=1)
    return next((number for number, line in lines if wanted in line), None)


def _line_of_json(text: str) -> int | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno
    except RecursionError:
        return None
    return None


def _value_at(text: str, parts: Sequence[str]) -> Any:
    value = json.loads(text)
    for part in parts:
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value
