"""
What an event is, and the one definition of a valid event.

The SDK asks ``check_event`` before it queues an event, the platform asks it again at ingest.
Pure: a raw event and the time come in, a fault or nothing comes out. It never raises, whatever
JSON value it is given, and no fault repeats what the event holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .errors import TimeUnreadable
from .event_ids import new_event_id
from .fields import (
    ATTRIBUTES_BYTES_LIMIT,
    BATCH_BYTES_LIMIT,
    CUSTOM_PREFIX,
    EARLIEST_OCCURRED_AT,
    EARLIEST_OCCURRED_AT_S,
    EVENT_FIELDS,
    EVENTS_PER_BATCH_LIMIT,
    FIELD_CHECKS,
    FUTURE_TOLERANCE_S,
    ID_FIELDS,
    ID_LENGTH_LIMIT,
    ITEMS_LIMIT,
    KINDS,
    PLATFORM_KINDS,
    POSITION_LIMIT,
    Fault,
    id_text_fault,
)
from .moments import format_time, parse_time

__all__ = [
    "ATTRIBUTES_BYTES_LIMIT",
    "BATCH_BYTES_LIMIT",
    "CUSTOM_PREFIX",
    "EARLIEST_OCCURRED_AT",
    "EARLIEST_OCCURRED_AT_S",
    "EVENTS_PER_BATCH_LIMIT",
    "EVENT_FIELDS",
    "FUTURE_TOLERANCE_S",
    "ID_LENGTH_LIMIT",
    "ITEMS_LIMIT",
    "KINDS",
    "PLATFORM_KINDS",
    "POSITION_LIMIT",
    "Event",
    "Fault",
    "TimeUnreadable",
    "check_event",
    "format_time",
    "new_event_id",
    "parse_time",
]

_REQUIRED_OF_MOST = ("event_id", "kind", "occurred_at", "item_id")
_REQUIRED: dict[object, tuple[str, ...]] = {
    "impression": ("event_id", "occurred_at", "items"),
    "rating": ("event_id", "occurred_at", "item_id", "value"),
}


@dataclass(frozen=True)
class Event:
    """A valid event as Python sees it; ``to_raw`` is what travels."""

    event_id: str
    kind: str
    occurred_at: str
    user_id: str | None = None
    session_id: str | None = None
    item_id: str | None = None
    items: tuple[str, ...] | None = None
    quantity: float | None = None
    value: float | None = None
    recommendation_id: str | None = None
    placement: str | None = None
    position: int | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def from_raw(cls, raw: Mapping[str, object]) -> Event:
        """Take an event that ``check_event`` found no fault with."""
        present = {name: value for name, value in raw.items() if value is not None}
        if isinstance(present.get("items"), list):
            present["items"] = tuple(present["items"])  # type: ignore[arg-type]  # checked above
        return cls(**present)  # type: ignore[arg-type]  # the caller has checked the fields

    def to_raw(self) -> dict[str, object]:
        """Only the fields that are there, in the order of ``EVENT_FIELDS``."""
        values = {name: getattr(self, name) for name in EVENT_FIELDS}
        if self.items is not None:
            values["items"] = list(self.items)
        return {name: value for name, value in values.items() if value not in (None, {})}


def check_event(raw: object, now_s: float) -> Fault | None:
    """
    Say what is wrong with an event, or None.

    A field that is null counts as absent. ``now_s`` is the epoch time of receipt.
    """
    if type(raw) is not dict and not isinstance(raw, Mapping):
        return Fault("event_type", "", "an event is a JSON object with at least event_id and kind")
    for name, value in raw.items():
        if value is None:
            continue
        if type(value) is str and name in ID_FIELDS:
            if 0 < len(value) <= ID_LENGTH_LIMIT and value.isprintable():
                continue
            fault = id_text_fault(name, value)
        else:
            check = FIELD_CHECKS.get(name)
            if check is None:
                return _unknown_field(name)
            fault = check(name, value, now_s)
        if fault is not None:
            return fault
    return _missing_field(raw)


def _missing_field(raw: Mapping[str, object]) -> Fault | None:
    get = raw.get
    kind = get("kind")
    for name in _REQUIRED.get(kind, _REQUIRED_OF_MOST):
        if get(name) is None:
            return Fault("field_missing", name, f"every {_kind_word(kind)} needs {name}; add it")
    if get("user_id") is None and get("session_id") is None:
        return Fault("field_missing", "user_id", "say whose event it is: add user_id or session_id")
    return None


def _kind_word(kind: object) -> str:
    return f"{kind} event" if isinstance(kind, str) and kind in KINDS else "event"


def _unknown_field(name: object) -> Fault:
    shown = name if isinstance(name, str) and name.isidentifier() and len(name) <= 40 else ""
    return Fault(
        "field_unknown",
        shown,
        "an event has no such field; put what is your own under attributes",
    )
