"""
Count what a training takes of the log, by UTC day of receipt, for the ledger.

Counted apart from what is taken: of every event in the log it is either used or left out, and
where the two do not add up, the ledger says so.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from recommender_store.event_log.flow import DayFlow
from recommender_store.runs.counted import CountedDay

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DAYS_LIMIT = 100
"""The newest days of receipt are told apart, so that a run's record stays small."""

_REASON = """
CASE WHEN kind = 'impression' THEN 'impression'
     WHEN kind IN ('served', 'identify') THEN 'written_by_the_platform'
     WHEN item_id IS NULL THEN 'names_no_item'
     WHEN epoch_us(occurred_at) < (SELECT min(at_us) FROM chosen) THEN 'older_than_window'
END
"""

# Of a number a group; told as a date by the event, the calendar takes longer than the count.
_DAY_NUMBER = "epoch_us(received_at) // 86400000000"
_DAY = "(DATE '1970-01-01' + day::INTEGER)::DATE::VARCHAR"


def count_received(
    connection: "DuckDBPyConnection", flow: Mapping[str, DayFlow]
) -> dict[str, CountedDay]:
    """The views `events` and `chosen` by day; `flow` is what the log's own sums say of them."""
    counts = connection.execute(
        f"SELECT {_DAY}, reason, n FROM (SELECT {_DAY_NUMBER} AS day, {_REASON} AS reason, "  # noqa: S608 - conditions of our own
        "count(*) AS n FROM events GROUP BY ALL) ORDER BY ALL"
    ).fetchall()
    used = connection.execute(
        f"SELECT {_DAY}, n FROM "  # noqa: S608 - the same
        f"(SELECT {_DAY_NUMBER} AS day, count(*) AS n FROM chosen GROUP BY 1)"
    ).fetchall()
    return counted_days(counts, dict(used), flow)


def counted_days(
    counts: Iterable[tuple[str, str | None, int]],
    used: Mapping[str, int],
    flow: Mapping[str, DayFlow],
) -> dict[str, CountedDay]:
    """
    Args:
        counts: of each day and reason to leave events out, None for those that are used.
        used: events a day that the dataset holds.
        flow: what the log's own sums say of each day.
    """
    left_out: dict[str, dict[str, int]] = {}
    read: dict[str, int] = {}
    for day, reason, count in counts:
        read[day] = read.get(day, 0) + count
        if reason is not None:
            left_out.setdefault(day, {})[reason] = count
    return {
        day: CountedDay(
            read=read.get(day, 0),
            used=used.get(day, 0),
            left_out=left_out.get(day, {}),
            in_parquet=flow.get(day, DayFlow()).held,
            gone=flow.get(day, DayFlow()).expired + flow.get(day, DayFlow()).erased,
        )
        for day in sorted({*read, *flow})[-DAYS_LIMIT:]
    }
