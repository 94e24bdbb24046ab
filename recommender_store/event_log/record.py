"""
How an event lies in the log: the columns, their types, and the format's version.

A segment line is a JSON object of these columns without the empty ones; Parquet files hold all of
them, with `format: event-log/1` in their metadata.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from loggers_sdk.events import parse_time

FORMAT = "event-log/1"

COLUMNS: dict[str, str] = {
    "event_id": "VARCHAR",
    "kind": "VARCHAR",
    "user_id": "VARCHAR",
    "session_id": "VARCHAR",
    "item_id": "VARCHAR",
    "items": "VARCHAR[]",
    "occurred_at": "TIMESTAMPTZ",
    "received_at": "TIMESTAMPTZ",
    "quantity": "DOUBLE",
    "value": "DOUBLE",
    "recommendation_id": "VARCHAR",
    "placement": "VARCHAR",
    "position": "INTEGER",
    "attributes": "JSON",
}
"""Name → DuckDB type, in the order in which Parquet holds them (`attributes` is text there)."""

PARQUET_SELECT = ", ".join(
    f"{name}::VARCHAR AS {name}" if kind == "JSON" else name for name, kind in COLUMNS.items()
)

_MICROSECONDS_LENGTH = len("2026-11-20T10:00:00.123456Z")

_encode = msgspec.json.Encoder().encode


def to_line(event: Mapping[str, Any], received_at: str) -> bytes:
    """The segment line of an accepted event; `received_at` is RFC 3339 in UTC."""
    occurred_at = plain_time(event["occurred_at"])
    return _encode({**event, "occurred_at": occurred_at, "received_at": received_at})


def plain_time(text: str) -> str:
    """
    The time as every reader takes it: UTC, to the microsecond, no leap second.

    RFC 3339 allows more than DuckDB reads ('t', ':60', nine digits), and one line that cannot be
    read would make the whole log unreadable.
    """
    is_plain = text[10] == "T" and text[-1] == "Z" and text[17:19] != "60"
    if is_plain and len(text) <= _MICROSECONDS_LENGTH:
        return text
    return datetime.fromtimestamp(parse_time(text), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
