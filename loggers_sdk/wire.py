"""
How events travel: ``{"events": [...]}`` as JSON, gzip when that pays, and one header.

The header ``X-Recommender-SDK`` says which SDK sent the request, and what its process had counted
by then, so that the platform can account for events that never came. Reading is strict about the
body and forgiving about the header. No IO; whether an event is valid is asked in ``events``.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from json.encoder import encode_basestring
from typing import NamedTuple

from .errors import BatchMalformed
from .events import EVENTS_PER_BATCH_LIMIT, Event

__all__ = [
    "FORMAT_VERSION",
    "GZIP_FROM_BYTES",
    "SDK_HEADER",
    "SDK_VERSION",
    "TRACE_HEADER",
    "BatchMalformed",
    "SdkReport",
    "compress",
    "encode_event",
    "join_batch",
    "new_traceparent",
    "read_batch",
    "read_report",
    "write_batch",
    "write_report",
]

SDK_VERSION = "0.1.0"
FORMAT_VERSION = 1
SDK_HEADER = "X-Recommender-SDK"
TRACE_HEADER = "traceparent"
"""The W3C's; every request of an SDK begins a trace, so that it can be found in the platform's."""
GZIP_FROM_BYTES = 1024
"""Below this a body fits one packet anyway."""

_dump = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class SdkReport(NamedTuple):
    """
    What a sending process had counted when it sent a request.

    ``session`` is drawn once per logger and process, ``sequence`` counts its requests from 1: of
    several reports of one session the one with the highest sequence is the newest. ``offered`` is
    the sum of ``delivered, spooled, pending, dropped, rejected``.
    """

    sdk: str
    wire: int
    session: str
    sequence: int
    offered: int
    delivered: int
    spooled: int
    pending: int
    dropped: int
    rejected: int
    adopted: int


def encode_event(raw: Mapping[str, object]) -> bytes:
    """Write one checked event as one line of JSON without a line end; nulls are left out."""
    parts = []
    for name, value in raw.items():
        if type(value) is str:
            parts.append(f'"{name}":{encode_basestring(value)}')
        elif type(value) in (int, float):
            parts.append(f'"{name}":{value!r}')
        elif value is not None:
            parts.append(f'"{name}":{_dump(value)}')
    return f"{{{','.join(parts)}}}".encode()


def join_batch(lines: Sequence[bytes]) -> bytes:
    """Make a request body of events that are encoded already."""
    return b'{"events":[' + b",".join(lines) + b"]}"


def write_batch(events: Iterable[Event | Mapping[str, object]]) -> bytes:
    """Make a request body of checked events; the caller keeps to the limits of a batch."""
    raws = (event.to_raw() if isinstance(event, Event) else event for event in events)
    return join_batch([encode_event(raw) for raw in raws])


def compress(body: bytes) -> bytes:
    """Gzip a body; the same bytes in give the same bytes out."""
    return gzip.compress(body, compresslevel=5, mtime=0)


def new_traceparent() -> str:
    """
    A trace of its own: ``00-``, its id, the span's, ``-01``.

    Whether anybody records it is the platform's matter.
    """
    return f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"


def read_batch(payload: object) -> list[object]:
    """
    Take the events out of a parsed request body; each is still to be checked on its own.

    Raises:
        BatchMalformed: when the body as a whole is no batch.
    """
    if not isinstance(payload, Mapping):
        raise BatchMalformed("batch_type", "", 'send a JSON object: {"events": [...]}')
    for name in payload:
        if name != "events":
            raise BatchMalformed("field_unknown", "", "a batch has one field only: events")
    if "events" not in payload:
        raise BatchMalformed("field_missing", "/events", 'add the list of events: {"events": []}')
    events = payload["events"]
    if not isinstance(events, list):
        raise BatchMalformed("field_type", "/events", "events must be a list of event objects")
    if len(events) > EVENTS_PER_BATCH_LIMIT:
        raise BatchMalformed(
            "events_too_many", "/events", f"send at most {EVENTS_PER_BATCH_LIMIT} events a request"
        )
    return events


def write_report(report: SdkReport) -> str:
    """Write ``python/0.1.0; wire=1; session=…; sequence=…; offered=…`` and so on."""
    named = report._asdict()
    sdk = named.pop("sdk")
    return "; ".join([sdk, *(f"{name}={value}" for name, value in named.items())])


def read_report(text: str | None) -> SdkReport | None:
    """Read the header, or None when it is absent or not understood: it decides nothing."""
    sdk, *pairs = (text or "").split("; ")
    named = dict(pair.partition("=")[::2] for pair in pairs)
    session = named.pop("session", "")
    counts = {name: int(value) for name, value in named.items() if _is_count(value)}
    try:
        return SdkReport(sdk=sdk[:64], session=session[:64], **counts)
    except TypeError:
        return None


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
