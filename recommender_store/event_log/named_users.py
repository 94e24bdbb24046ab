"""
Whom a log names: each user once, in no order, some of the ids at a time.
"""

from collections.abc import Iterator

from .reader import LogState

_AT_ONCE = 100_000


def named_users(state: LogState) -> Iterator[list[str]]:
    """
    Raises:
        LogMoved, LogFileCorrupt, SegmentCorrupt: as `LogState.opened`.
    """
    with state.opened() as connection:
        # Whoever a session was joined to is named by the join.
        found = connection.execute("SELECT DISTINCT user_id FROM events WHERE user_id IS NOT NULL")
        while some := found.fetchmany(_AT_ONCE):
            yield [user_id for (user_id,) in some]
