"""
A verdict on every event of a batch: valid, or rejected with its reason.

Pure. One bad event never spoils its batch.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from loggers_sdk.events import ID_LENGTH_LIMIT, Fault, check_event
from loggers_sdk.wire import BatchMalformed, read_batch
from recommender_api.errors import BodyMalformed, FieldFault, RequestInvalid
from recommender_api.exchange.asgi import parse_json
from recommender_store.event_log.record import plain_time

from .arrival import Arrival
from .whole_batch import read_whole

DIGITS_LIMIT = 400
_NO_OBJECT = Fault("event_type", "", "an event is a JSON object")
_TOO_DEEP = Fault("attributes_too_deep", "attributes", "nest attributes less deeply")

_TOO_LARGE: int = 10**5_000
"""For any field; and Python writes no integer of so many digits, so that attributes refuse it."""

_encode = msgspec.json.Encoder().encode


class Verdicts(NamedTuple):
    """What each event of a batch is, in the order of the batch."""

    arrivals: list[Arrival]
    """The valid ones."""
    rejected: list[dict[str, Any]]


def verdicts_on(body: bytes, now_s: float) -> Verdicts:
    """
    The verdicts on a request's body, received at `now_s`.

    Raises:
        BodyMalformed, RequestInvalid: where the batch as a whole cannot be read.
    """
    arrivals = read_whole(body, now_s)
    if arrivals is not None:
        return Verdicts(arrivals, [])
    try:
        return judge(read_batch(_parsed(body)), now_s)
    except BatchMalformed as error:
        raise RequestInvalid([FieldFault(error.pointer, error.code, error.detail)]) from error


def judge(events: Sequence[object], now_s: float) -> Verdicts:
    """The verdicts on events, each on its own."""
    verdicts = Verdicts([], [])
    for index, raw in enumerate(events):
        fault = check_event(raw, now_s)
        if fault is None and isinstance(raw, Mapping):
            fault = _depth_fault(raw.get("attributes"))
        if fault is not None or not isinstance(raw, Mapping):
            verdicts.rejected.append(_rejection(index, raw, fault or _NO_OBJECT))
        else:
            verdicts.arrivals.append(_typed(raw))
    return verdicts


def _typed(raw: Mapping[str, Any]) -> Arrival:
    """A checked event without its nulls, its time in the form that every reader knows."""
    fields = {name: value for name, value in raw.items() if value is not None}
    return Arrival(**{**fields, "occurred_at": plain_time(fields["occurred_at"])})


def _depth_fault(attributes: object) -> Fault | None:
    """What is nested as deep as can just be read could not be written as part of a line."""
    if not attributes:
        return None
    try:
        _encode([[[attributes]]])
    except RecursionError:
        return _TOO_DEEP
    return None


def _parsed(body: bytes) -> Any:
    """
    The body; what only a lenient parser reads (half surrogates, 1e999) is left to the verdicts, and
    a byte order mark is passed over.

    One such event must not spoil its batch.
    """
    try:
        return parse_json(body, wanted='{"events": […]}')
    except BodyMalformed:
        with suppress(ValueError, RecursionError):
            batch = json.loads(body.decode("utf-8-sig"), parse_int=_whole_number)
            if isinstance(batch, dict) and isinstance(batch.get("events"), list):
                return batch
        raise


def _whole_number(text: str) -> int:
    """Python reads no integer of thousands of digits: another stands for it, as useless."""
    if len(text) <= DIGITS_LIMIT:
        return int(text)
    return -_TOO_LARGE if text.startswith("-") else _TOO_LARGE


def _rejection(index: int, event: object, fault: Fault) -> dict[str, Any]:
    event_id = event.get("event_id") if isinstance(event, Mapping) else None
    return {
        "index": index,
        "event_id": _told_back(event_id),
        "code": fault.code,
        "detail": f"{fault.field}: {fault.detail}" if fault.field else fault.detail,
    }


def _told_back(event_id: object) -> str | None:
    """An id as the answer may hold it: no longer than ids are, and no half characters."""
    if not isinstance(event_id, str):
        return None
    return event_id[:ID_LENGTH_LIMIT].encode("utf-8", "replace").decode()
