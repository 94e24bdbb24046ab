"""
Staged events as canonical Parquet: one file per UTC day, sorted by time and id.

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
_COLUMNS = (
    "event_id, kind, user_id, session_id, item_id, items, occurred_at, {received_at} AS "
    "received_at, quantity, value, recommendation_id, placement, position, attributes"
)


def write_days(
    staged: Staged, work: Path, received_at: datetime, progress: Progress | None
) -> list[Path]:
    """Write ``date=YYYY-MM-DD.parquet`` files below ``work``; give them in the order of days."""
    if staged.events == 0:
        return []
    connection = staged.connection
    days = work / "days"
    columns = _COLUMNS.format(received_at=f"TIMESTAMPTZ '{received_at.isoformat()}'")
    # One thread: several would each write a part of a day, in an order of their own.
    (threads,) = connection.execute("SELECT current_setting('threads')").fetchall()[0]
    connection.execute("SET threads = 1")
    with told(connection, progress, WRITING):
        connection.execute(
            f"COPY (SELECT {columns}, CAST(occurred_at AS DATE) AS date "
            f"FROM ({_identified(connection)}) ORDER BY occurred_at, event_id) "
            f"TO {literal(str(days))} "
            "(FORMAT parquet, COMPRESSION zstd, PARTITION_BY (date))"
        )
    connection.execute(f"SET threads = {threads}")
    return [_flat(day) for day in sorted(days.iterdir())]


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


def _flat(day: Path) -> Path:
    (part,) = day.iterdir()
    return part.rename(day.with_name(f"{day.name}.parquet"))
