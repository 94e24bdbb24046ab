"""
What can go wrong in the SDK, as types with a stable ``code`` and named fields.

    LoggersSdkError
    ├── ConfigInvalid      the logger was constructed with a contradiction (raised at start)
    ├── TimeUnreadable     a text is not an RFC 3339 time with a zone
    ├── BatchMalformed     a request body is not a batch of events
    ├── TransportFailed    a request got no answer (a transport raises it, the delivery retries)
    ├── EventRejected      one event was refused, here or by the platform   ┐
    ├── DeliveryFailed     a try to send a batch failed                     │ only ever handed
    ├── EventsDropped      events were given up: no room, or no time left   │ to ``on_error``
    └── SpoolFailed        the disk spool cannot be used just now           ┘

No message holds anything of an event's payload.
"""

from __future__ import annotations


class LoggersSdkError(Exception):
    """The root: catch this to catch everything of the SDK. Alike errors share a ``subject``."""

    code = "loggers_sdk_error"
    subject = ""


class ConfigInvalid(LoggersSdkError):
    """A setting is missing or contradicts another one; ``setting`` names it."""

    code = "config_invalid"

    def __init__(self, setting: str, detail: str) -> None:
        super().__init__(f"{setting}: {detail}")
        self.setting = setting


class TimeUnreadable(LoggersSdkError, ValueError):
    """A text is no RFC 3339 time; ``code`` is ``time_invalid`` or ``time_zone_missing``."""

    code = "time_invalid"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class BatchMalformed(LoggersSdkError):
    """A body is no batch; ``pointer`` is the JSON pointer of the place."""

    code = "batch_malformed"

    def __init__(self, code: str, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.pointer = pointer
        self.detail = detail


class TransportFailed(LoggersSdkError):
    """A request got no usable answer: nothing is known of its fate, so it is sent again."""

    code = "transport_failed"


class EventRejected(LoggersSdkError):
    """An event was refused for good; ``event_id`` is known when the platform refused it."""

    code = "event_rejected"

    def __init__(self, reason: str, detail: str, event_id: str | None = None) -> None:
        super().__init__(f"an event was rejected: {reason}: {detail}")
        self.subject = reason
        self.reason = reason
        self.event_id = event_id


class DeliveryFailed(LoggersSdkError):
    """A try to send ``events`` events failed; ``status`` is None when no answer came."""

    code = "delivery_failed"

    def __init__(self, status: int | None, events: int, detail: str) -> None:
        super().__init__(f"{events} events could not be sent: {detail}")
        self.subject = str(status)
        self.status = status
        self.events = events


class EventsDropped(LoggersSdkError):
    """``events`` events were given up and will never arrive; ``reason`` says why."""

    code = "events_dropped"

    def __init__(self, reason: str, events: int) -> None:
        super().__init__(f"{events} events were dropped: {reason}")
        self.subject = reason
        self.reason = reason
        self.events = events


class SpoolFailed(LoggersSdkError):
    """The disk spool cannot be used just now; what it should hold stays in memory meanwhile."""

    code = "spool_failed"

    def __init__(self, detail: str) -> None:
        super().__init__(f"the spool failed: {detail}")
        self.subject = detail
