"""
Everything that findings need, measured once over the staged events.
"""

# ruff: noqa: S608 (names are our own; what comes from outside goes through literal())

from collections.abc import Collection
from typing import NamedTuple

from recommender_api.foreign_logs.staging.staged import Staged

_SITTING = "INTERVAL 1 DAY"
"""All that a user did within a day counts as one sitting."""
BUSY_DAY_EVENTS = 2000
"""More in one day is beyond people."""
_SHOWN_USERS = 5
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
    unknown_items: int | None


def measure(log: Staged, known_items: Collection[str] | None) -> Measures:
    row = log.connection.execute(
        "SELECT count(*), count(DISTINCT user_id), count(DISTINCT session_id), "
        "count(DISTINCT item_id), count(*) - count(DISTINCT digest), "
        "count(DISTINCT occurred_at), "
        "count(*) FILTER (epoch_us(occurred_at) % 86400000000 = 0), "
        "any_value(user_id), any_value(item_id) FROM candidates WHERE outcome = 0"
    ).fetchall()[0]
    events, users, sessions, items, duplicates, moments, midnights, any_user, any_item = row
    returning, active, one_sitting = _users(log)
    return Measures(
        events=events,
        users=users,
        sessions=sessions,
        items=items,
        kinds=_kinds(log),
        duplicates=duplicates,
        moments=moments,
        midnights=midnights,
        any_user=any_user,
        any_item=any_item,
        float_users=_floats(log, "user_id"),
        float_items=_floats(log, "item_id"),
        returning_users=returning,
        active_users=active,
        one_sitting_users=one_sitting,
        busy_users=_busy(log),
        unknown_items=None if known_items is None else _unknown(log, known_items),
    )


def _kinds(log: Staged) -> dict[str, int]:
    rows = log.connection.execute(
        "SELECT kind, count(*) AS n FROM candidates WHERE outcome = 0 "
        "GROUP BY kind ORDER BY n DESC, kind"
    ).fetchall()
    return dict(rows)


def _users(log: Staged) -> tuple[int, int, int]:
    return tuple(
        log.connection.execute(
            "SELECT count(*) FILTER (items > 1), count(*) FILTER (events > 1), "
            f"count(*) FILTER (events > 1 AND last - first < {_SITTING}) "
            "FROM (SELECT count(*) AS events, count(DISTINCT item_id) AS items, "
            "min(occurred_at) AS first, max(occurred_at) AS last "
            "FROM candidates WHERE outcome = 0 AND user_id IS NOT NULL GROUP BY user_id)"
        ).fetchall()[0]
    )


def _floats(log: Staged, name: str) -> int:
    ((count,),) = log.connection.execute(
        f"SELECT count(DISTINCT {name}) FROM candidates "
        rf"WHERE outcome = 0 AND regexp_full_match({name}, '\d+\.0')"
    ).fetchall()
    return int(count)


def _busy(log: Staged) -> list[tuple[str, int]]:
    """The users with the busiest days, if these are beyond people."""
    return log.connection.execute(
        "SELECT user_id, max(events) AS most FROM (SELECT user_id, count(*) AS events "
        "FROM candidates WHERE outcome = 0 AND user_id IS NOT NULL "
        f"GROUP BY user_id, CAST(occurred_at AS DATE)) WHERE events > {BUSY_DAY_EVENTS} "
        f"GROUP BY user_id ORDER BY most DESC, user_id LIMIT {_SHOWN_USERS}"
    ).fetchall()


def _unknown(log: Staged, known_items: Collection[str]) -> int:
    log.connection.execute("CREATE OR REPLACE TEMP TABLE known (item_id VARCHAR)")
    known = list(known_items)
    for at in range(0, len(known), _KNOWN_AT_ONCE):
        log.connection.execute(
            "INSERT INTO known SELECT unnest($1)", [known[at : at + _KNOWN_AT_ONCE]]
        )
    ((count,),) = log.connection.execute(
        "SELECT count(DISTINCT item_id) FROM candidates ANTI JOIN known USING (item_id) "
        "WHERE outcome = 0 AND item_id IS NOT NULL"
    ).fetchall()
    return int(count)
