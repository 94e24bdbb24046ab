"""Events of a test, and Parquet files of canonical columns as an import hands them over."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from recommender_store.event_log.log import EventLog
from recommender_store.event_log.record import to_line
from recommender_store.event_log.view import connect, create_lines_table, quoted

RECEIVED_AT = "2026-11-20T12:00:00.000+00:00"


def event(event_id: str, at: str = "2026-11-20T10:00:00Z", **fields: Any) -> dict[str, Any]:
    if "user_id" not in fields and "session_id" not in fields:
        fields["user_id"] = "u1"
    return {
        "event_id": event_id,
        "kind": "view",
        "item_id": f"item-of-{event_id}",
        "occurred_at": at,
        **fields,
    }


def written(log: EventLog, *events: dict[str, Any]) -> None:
    log.append_events(events, RECEIVED_AT)


def ids(log: EventLog) -> list[str]:
    return [one["event_id"] for one in log.state().read()]


def parquet(path: Path, events: Sequence[dict[str, Any]], *, once: bool = True) -> Path:
    """Write the events as one Parquet file; with `once` False, twins too."""
    lines = path.with_suffix(".jsonl")
    received = RECEIVED_AT
    parts = [events] if once else [[one] for one in events]
    with connect(path.parent) as connection:
        tables = []
        for at, part in enumerate(parts):
            lines.write_bytes(b"".join(to_line(one, received) + b"\n" for one in part))
            create_lines_table(connection, f"part{at}", lines)
            tables.append(f"FROM part{at}")
        connection.execute(
            f"COPY ({' UNION ALL '.join(tables)}) TO {quoted(path)} (FORMAT parquet)"
        )
    return path


def fields_of(line: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.json.decode(line)
    return fields
