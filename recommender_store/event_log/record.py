"""
How an event lies in the log: the columns, their types, and the format's version.

A segment line is a JSON object of these columns without the empty ones; Parquet files hold all of
them, with `format: event-log/1` in their metadata. Older lines are lifted by `upcast`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

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

_encode = msgspec.json.Encoder().encode


def to_line(event: Mapping[str, Any], received_at: str) -> bytes:
    """The segment line of an accepted event; `received_at` is RFC 3339 in UTC."""
    return _encode({**event, "received_at": received_at})
