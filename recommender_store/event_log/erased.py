"""
Whole files of events held to erasures: what erased users did before does not come back with them.
"""

# ruff: noqa: S608 (relations are named by our own code)

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_USERS_AT_ONCE = 10_000


BeforeMs = Callable[[str], int | None]
"""Until when nothing of a user counts; None for whoever was not erased."""
Erased = Callable[[], BeforeMs | None]
"""Tells of everybody who was erased before it was asked; None: nobody ever was."""


def nobody_erased() -> None:
    """Where nobody is known to have been."""


def create_allowed_view(
    connection: "DuckDBPyConnection", name: str, relation: str, before_ms: BeforeMs | None
) -> int:
    """A view of what may come in of `relation`; returns how much may not."""
    if before_ms is None:
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS FROM {relation}")
        return 0
    _create_table(connection, relation, before_ms)
    left_out = (
        f"FROM {relation} SEMI JOIN erased ON {relation}.user_id = erased.user_id "
        f"AND {relation}.occurred_at < erased.until"
    )
    ((count,),) = connection.execute(f"SELECT count(*) {left_out}").fetchall()
    connection.execute(
        f"CREATE OR REPLACE VIEW {name} AS {left_out.replace('SEMI JOIN', 'ANTI JOIN', 1)}"
    )
    return int(count)


def _create_table(connection: "DuckDBPyConnection", relation: str, before_ms: BeforeMs) -> None:
    """The table `erased`: those of the relation's users who were, and until when."""
    connection.execute("CREATE OR REPLACE TABLE erased (user_id VARCHAR, until TIMESTAMPTZ)")
    with closing(connection.cursor()) as users:
        users.execute(f"SELECT DISTINCT user_id FROM {relation} WHERE user_id IS NOT NULL")
        while rows := users.fetchmany(_USERS_AT_ONCE):
            for (user_id,) in rows:
                until_ms = before_ms(user_id)
                if until_ms is not None:
                    until = datetime.fromtimestamp(until_ms / 1000, UTC)
                    connection.execute("INSERT INTO erased VALUES (?, ?)", [user_id, until])
