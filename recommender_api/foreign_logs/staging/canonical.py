"""
Staged events as canonical Parquet: one file, sorted by time and id; the log parts it into days.

An event's id is the digest of its fields; of events alike in every field, the second and later
ones get the digest of that and their ordinal, so that a log imported twice has the same ids.
"""

# ruff: noqa: S608 (names are our own; what comes from outside goes through literal())

from datetime import datetime
from pathlib import Path

import duckdb

from recommender_api.foreign_logs.tables.table import literal

from .progress import Progress, told
from .staged import Staged

WRITING = "writing"
EVENTS_FILE = "events.parquet"
_COLUMNS = (
    "event_id, kind, user_id, session_id, item_id, items, occurred_at, {received_at} AS "
    "received_at, quantity, value, recommendation_id, placement, position, attributes"
)


def write_events(
    staged: Staged, work: Path, received_at: datetime, progress: Progress | None
) -> list[Path]:
    """Write ``events.parquet`` below ``work``; nothing where there is no event."""
    if staged.events == 0:
        return []
    target = work / EVENTS_FILE
    columns = _COLUMNS.format(received_at=f"TIMESTAMPTZ '{received_at.isoformat()}'")
    with told(staged.connection, progress, WRITING):
        staged.connection.execute(
            f"COPY (SELECT {columns} FROM ({_identified(staged.connection)}) "
            f"ORDER BY occurred_at, event_id) "
            f"TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"
        )
    return [target]


def _identified(connection: duckdb.DuckDBPyConnection) -> str:
    """The events with their ids; only those that have twins need counting."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE twins AS SELECT digest FROM candidates "
        "WHERE outcome = 0 GROUP BY digest HAVING count(*) > 1"
    )
    ((twins,),) = connection.execute("SELECT count(*) FROM twins").fetchall()
    if twins == 0:
        return "SELECT *, digest AS event_id FROM candidates WHERE outcome = 0"
    return (
        "SELECT *, digest AS event_id FROM candidates ANTI JOIN twins USING (digest) "
        "WHERE outcome = 0 UNION ALL "
        "SELECT * EXCLUDE (ordinal), "
        "CASE WHEN ordinal = 1 THEN digest ELSE md5(concat(digest, '#', ordinal)) END AS event_id "
        "FROM (SELECT *, row_number() OVER (PARTITION BY digest) AS ordinal "
        "FROM candidates SEMI JOIN twins USING (digest) WHERE outcome = 0)"
    )
