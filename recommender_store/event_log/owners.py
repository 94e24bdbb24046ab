"""
Whom each event belongs to, once sessions are joined to users.

The rule is that of `docs/events.md`, to the millisecond as in live history: an event that names no
user belongs to the user of its session's last join at or before it, before the first join to the
user of the first. A log without joins costs one look at its kinds.
"""

from typing import TYPE_CHECKING

from .record import COLUMNS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BEFORE_ALL = -(2**63)


def create_owned_view(connection: "DuckDBPyConnection", events: str = "events") -> None:
    """The view `owned`: the relation `events`, with the user that each event belongs to."""
    connection.execute(
        f"""
        CREATE TABLE joins AS
        SELECT session_id, epoch_us(occurred_at) // 1000 AS from_ms, max(user_id) AS user_id
        FROM {events}
        WHERE kind = 'identify' AND session_id IS NOT NULL AND user_id IS NOT NULL
        GROUP BY ALL
        """  # noqa: S608 - our own name
    )
    if connection.execute("SELECT 1 FROM joins LIMIT 1").fetchone() is None:
        connection.execute(f"CREATE VIEW owned AS FROM {events}")
        return
    connection.execute(
        f"""
        INSERT INTO joins
        SELECT session_id, {_BEFORE_ALL}, arg_min(user_id, from_ms) FROM joins GROUP BY session_id
        """  # noqa: S608 - a number of our own
    )
    fields = ", ".join(
        "joins.user_id AS user_id" if name == "user_id" else f"theirs.{name}" for name in COLUMNS
    )
    connection.execute(
        f"""
        CREATE VIEW owned AS
        SELECT {", ".join(COLUMNS)} FROM {events}
        WHERE user_id IS NOT NULL OR session_id IS NULL
           OR session_id NOT IN (SELECT session_id FROM joins)
        UNION ALL
        SELECT {fields} FROM (FROM {events} WHERE user_id IS NULL) AS theirs
        ASOF JOIN joins ON theirs.session_id = joins.session_id
                       AND epoch_us(theirs.occurred_at) // 1000 >= joins.from_ms
        """  # noqa: S608 - column names of our own
    )
