"""
Turn log records that a service writes already into events, by a mapping.

A record comes in through ``logging``; if its kind is known an event goes out, and every other
record is let be. Formats nothing, and never listens to the SDK's own log lines.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from .event_logger import EventLogger
from .events import format_time
from .fields import ID_FIELDS


@dataclass(frozen=True)
class RecordMapping:
    """
    Where in a record an event is.

    ``kinds`` maps what the record calls it to a kind of event, ``fields`` maps fields of the event
    to places in the record. A place is an attribute's name, or a dotted path through attributes
    and mappings: ``msg`` (the message before formatting), ``user``, ``request.session``.
    """

    kinds: Mapping[str, str]
    fields: Mapping[str, str]
    kind_at: str = "msg"


class EventLogHandler(logging.Handler):
    """Attach it to the logger whose records are events; the others pass unharmed."""

    def __init__(
        self, events: EventLogger, mapping: RecordMapping, level: int = logging.NOTSET
    ) -> None:
        super().__init__(level)
        self._events = events
        self._mapping = mapping

    def emit(self, record: logging.LogRecord) -> None:  # type: ignore[explicit-override]  # typing has it since 3.12
        if record.name.partition(".")[0] == "loggers_sdk":
            return
        name = _look_up(record, self._mapping.kind_at)
        kind = self._mapping.kinds.get(name) if isinstance(name, str) else None
        if kind is None:
            return
        fields: dict[str, Any] = {"occurred_at": format_time(record.created)}
        for field, place in self._mapping.fields.items():
            value = _look_up(record, place)
            is_number_for_id = field in ID_FIELDS and isinstance(value, (int, UUID))
            fields[field] = str(value) if is_number_for_id else value
        self._events.track(kind, **fields)


def _look_up(record: object, place: str) -> object:
    found = record
    for name in place.split("."):
        found = found.get(name) if isinstance(found, Mapping) else getattr(found, name, None)
    return found
