"""
Staged events as canonical Parquet: blocks in the order of time, each of whole UTC days; within a
block in no order, since the log sorts what it takes in.

An event's id is the digest of its fields; of events alike in every field, the second and later
ones get the digest of that and their ordinal, so that a log imported twice has the same ids.
Ordinals are given before the blocks are cut: where the cuts are changes no id.
"""

# ruff: noqa: S608 (names are our own; what comes from outside goes through literal())

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from recommender_api.foreign_logs.progress import Progress, Stretch, told
from recommender_api.foreign_logs.tables.table import literal
from recommender_store.tenants.pseudonyms import Pseudonyms

from .staged import Staged

WRITING = "writing"
BLOCKS_LIMIT = 32
"""Each is written beside the others: more would cost memory."""
_COLUMNS = (
    "{event_id} AS event_id, kind, {user_id} AS user_id, session_id, item_id, items, occurred_at, "
    "{received_at} AS received_at, quantity, value, recommendation_id, placement, position, "
    "attributes"
)
_FORMAT = "FORMAT parquet, COMPRESSION lz4"
"""Read once and thrown away: what counts is the time that packing takes."""


@dataclass(frozen=True)
class Cut:
    """Into what the events are cut, and which are left out because the log has them."""

    block_events: int = 1_000_000
    """A block has about as many, and at least one day."""
    since: date | None = None
    """Events before this UTC day are not written."""


class EventBlock(NamedTuple):
    """Events of some days on end, as Parquet files."""

    files: tuple[Path, ...]
    events: int
    until: date
    """The UTC day after its last."""


def write_events(
    staged: Staged,
    work: Path,
    received_at: datetime,
    cut: Cut,
    progress: Progress | None,
    pseudonyms: Pseudonyms | None = None,
) -> list[EventBlock]:
    """
    Write the blocks below ``work``; nothing where there is no event.

    With ``pseudonyms`` they name nobody otherwise, and no id is a digest that could be guessed at.
    """
    spans = list(_spans(staged.connection, cut))
    events = sum(span.events for span in spans)
    if events == 0:
        return []
    columns = _COLUMNS.format(
        received_at=f"TIMESTAMPTZ '{received_at.isoformat()}'",
        event_id="event_id" if pseudonyms is None else pseudonyms.digest_sql("event_id"),
        user_id="user_id" if pseudonyms is None else pseudonyms.sql("user_id"),
    )
    rows = f"SELECT {columns}, {_number(spans)} AS block FROM ({_identified(staged.connection)})"
    if cut.since is not None:
        rows += f" WHERE occurred_at >= {_midnight(cut.since)}"
    folder = work / "blocks"
    with told(staged.connection, progress, WRITING, Stretch(0, 1, 0, events)):
        staged.connection.execute(
            f"COPY ({rows}) TO {literal(str(folder))} ({_FORMAT}, PARTITION_BY (block))"
        )
    return [
        span._replace(files=tuple(sorted((folder / f"block={at}").iterdir())))
        for at, span in enumerate(spans)
    ]


def _spans(connection: duckdb.DuckDBPyConnection, cut: Cut) -> Iterator[EventBlock]:
    """The blocks to be, without their files."""
    days = connection.execute(
        "SELECT occurred_at::DATE AS day, count(*) FROM candidates "
        "WHERE outcome = 0 AND ($1 IS NULL OR occurred_at::DATE >= $1) GROUP BY day ORDER BY day",
        [cut.since],
    ).fetchall()
    total = sum(count for _, count in days)
    enough = max(cut.block_events, -(-total // BLOCKS_LIMIT))
    events = 0
    for at, (day, count) in enumerate(days):
        events += count
        is_last = at + 1 == len(days)
        if is_last or events + days[at + 1][1] > enough:
            yield EventBlock((), events, day + timedelta(days=1))
            events = 0


def _number(spans: list[EventBlock]) -> str:
    """The number of the block that an event belongs to."""
    whens = [
        f"WHEN occurred_at < {_midnight(span.until)} THEN {at}" for at, span in enumerate(spans)
    ]
    return f"CASE {' '.join(whens)} END"


def _midnight(day: date) -> str:
    return f"TIMESTAMPTZ '{day.isoformat()} 00:00:00Z'"


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
