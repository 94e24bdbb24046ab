"""
Everything that findings need, measured once over the events of a relation `candidates`.

Those of a foreign log are staged there; those that a tenant has already stand there as a view.
"""

# ruff: noqa: S608 (names are our own; what comes from outside goes through literal())

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SITTING = "INTERVAL 1 DAY"
"""All that a user did within a day counts as one sitting."""
BUSY_DAY_EVENTS = 2000
"""More in one day is beyond people."""
_SHOWN_USERS = 5
_CLOCKS_DIFFER = "INTERVAL 5 MINUTE"
"""Clocks that nobody sets differ by less."""
_NEAR_AN_HOUR_S = 120
_ZONES_REACH_H = 14
_KNOWN_AT_ONCE = 10_000


class Measures(NamedTuple):
    """Counts over events only; skipped and refused rows are not among them."""

    events: int
    users: int
    sessions: int
    items: int
    kinds: dict[str, int]
    duplicates: int
    moments: int
    midnights: int
    any_user: str | None
    any_item: str | None
    float_users: int
    """Users whose id is written 17850.0."""
    float_items: int
    returning_users: int
    """Users with events on two items or more."""
    active_users: int
    """Users with two events or more."""
    one_sitting_users: int
    """Of the active ones, those whose events all lie within a day."""
    busy_users: list[tuple[str, int]]
    busiest_user: tuple[str, int]
    """Who has most events, and how many; ('', 0) where no event has a user."""
    ahead: int
    """Events that occurred after they were received, by more than clocks differ."""
    hours_behind: int
    """So many whole hours lie between most events and their receipt, as if by zone; 0: not so."""
    unknown_items: int | None


def measure(
    connection: "DuckDBPyConnection", known_items: Collection[str] | None, received_at: str
) -> Measures:
    """
    Args:
        connection: has `candidates`; of these, what has the outcome 0 is an event.
        known_items: the ids of the catalog, if there is one.
        received_at: in SQL, when an event was received.
    """
    row = connection.execute(
        "SELECT count(*), count(DISTINCT user_id), count(DISTINCT session_id), "
        "count(DISTINCT item_id), count(*) - count(DISTINCT digest), "
        "count(DISTINCT occurred_at), "
        "count(*) FILTER (epoch_us(occurred_at) % 86400000000 = 0), "
        "any_value(user_id), any_value(item_id) FROM candidates WHERE outcome = 0"
    ).fetchall()[0]
    events, users, sessions, items, duplicates, moments, midnights, any_user, any_item = row
    returning, active, one_sitting = _users(connection)
    return Measures(
        events=events,
        users=users,
        sessions=sessions,
        items=items,
        kinds=_kinds(connection),
        duplicates=duplicates,
        moments=moments,
        midnights=midnights,
        any_user=any_user,
        any_item=any_item,
        float_users=_floats(connection, "user_id"),
        float_items=_floats(connection, "item_id"),
        returning_users=returning,
        active_users=active,
        one_sitting_users=one_sitting,
        busy_users=_busy(connection),
        busiest_user=_busiest(connection),
        ahead=_ahead(connection, received_at),
        hours_behind=_hours_behind(connection, received_at),
        unknown_items=None if known_items is None else _unknown(connection, known_items),
    )


def _kinds(connection: "DuckDBPyConnection") -> dict[str, int]:
    rows = connection.execute(
        "SELECT kind, count(*) AS n FROM candidates WHERE outcome = 0 "
        "GROUP BY kind ORDER BY n DESC, kind"
    ).fetchall()
    return dict(rows)


def _users(connection: "DuckDBPyConnection") -> tuple[int, int, int]:
    return tuple(
        connection.execute(
            "SELECT count(*) FILTER (items > 1), count(*) FILTER (events > 1), "
            f"count(*) FILTER (events > 1 AND last - first < {_SITTING}) "
            "FROM (SELECT count(*) AS events, count(DISTINCT item_id) AS items, "
            "min(occurred_at) AS first, max(occurred_at) AS last "
            "FROM candidates WHERE outcome = 0 AND user_id IS NOT NULL GROUP BY user_id)"
        ).fetchall()[0]
    )


def _floats(connection: "DuckDBPyConnection", name: str) -> int:
    ((count,),) = connection.execute(
        f"SELECT count(DISTINCT {name}) FROM candidates "
        rf"WHERE outcome = 0 AND regexp_full_match({name}, '\d+\.0')"
    ).fetchall()
    return int(count)


def _busy(connection: "DuckDBPyConnection") -> list[tuple[str, int]]:
    """The users with the busiest days, if these are beyond people."""
    return connection.execute(
        "SELECT user_id, max(events) AS most FROM (SELECT user_id, count(*) AS events "
        "FROM candidates WHERE outcome = 0 AND user_id IS NOT NULL "
        f"GROUP BY user_id, CAST(occurred_at AS DATE)) WHERE events > {BUSY_DAY_EVENTS} "
        f"GROUP BY user_id ORDER BY most DESC, user_id LIMIT {_SHOWN_USERS}"
    ).fetchall()


def _busiest(connection: "DuckDBPyConnection") -> tuple[str, int]:
    rows = connection.execute(
        "SELECT user_id, count(*) AS n FROM candidates WHERE outcome = 0 AND user_id IS NOT NULL "
        "GROUP BY user_id ORDER BY n DESC, user_id LIMIT 1"
    ).fetchall()
    return rows[0] if rows else ("", 0)


def _ahead(connection: "DuckDBPyConnection", received_at: str) -> int:
    ((count,),) = connection.execute(
        "SELECT count(*) FROM candidates "
        f"WHERE outcome = 0 AND occurred_at > {received_at} + {_CLOCKS_DIFFER}"
    ).fetchall()
    return int(count)


def _hours_behind(connection: "DuckDBPyConnection", received_at: str) -> int:
    """A zone that was forgotten shifts what is sent at once by whole hours, all of it alike."""
    rows = connection.execute(
        "SELECT round(late / 3600)::INTEGER AS hours, "
        f"count(*) FILTER (abs(late - hours * 3600) < {_NEAR_AN_HOUR_S}) AS near, "
        "sum(count(*)) OVER () AS events "
        f"FROM (SELECT epoch({received_at}) - epoch(occurred_at) AS late "
        "FROM candidates WHERE outcome = 0) "
        f"WHERE late BETWEEN -3600 AND 3600 * {_ZONES_REACH_H} + {_NEAR_AN_HOUR_S} "
        "GROUP BY hours ORDER BY near DESC LIMIT 1"
    ).fetchall()
    return rows[0][0] if rows and rows[0][0] > 0 and rows[0][1] > 0.8 * rows[0][2] else 0


def _unknown(connection: "DuckDBPyConnection", known_items: Collection[str]) -> int:
    connection.execute("CREATE OR REPLACE TEMP TABLE known (item_id VARCHAR)")
    known = list(known_items)
    for at in range(0, len(known), _KNOWN_AT_ONCE):
        connection.execute("INSERT INTO known SELECT unnest($1)", [known[at : at + _KNOWN_AT_ONCE]])
    ((count,),) = connection.execute(
        "SELECT count(DISTINCT item_id) FROM candidates ANTI JOIN known USING (item_id) "
        "WHERE outcome = 0 AND item_id IS NOT NULL"
    ).fetchall()
    return int(count)
