"""
A made log of any size as Parquet: tastes in groups, a long tail, ninety days.

A user is of a group; two of three views go to the group's own items, the rest to what everybody
looks at. So there is something to learn, and a model can be held against popularity.
"""

from pathlib import Path

import duckdb

GROUPS = 500
DAYS = 90
EVENTS_PER_USER, EVENTS_PER_ITEM = 10, 100


def make_log(
    path: Path,
    events: int,
    seed: float = 0.5,
    *,
    users: int = 0,
    items: int = 0,
    groups: int = GROUPS,
) -> None:
    """
    Some users are far more active, some items far more wanted; as many of either as are asked for,
    else a tenth as many users as events, a hundredth as many items.
    """
    users, items = users or events // EVENTS_PER_USER, items or events // EVENTS_PER_ITEM
    own = max(1, items // groups)
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '2GB'; SET TimeZone = 'UTC'")
        connection.execute("SELECT setseed(?)", [seed])
        connection.execute(
            f"""
            COPY (
                SELECT format('user-{{:07d}}', who) AS user_id,
                       format('item-{{:06d}}', CASE WHEN is_own
                           THEN who % {groups} + {groups} * floor(taste * taste * {own})::INTEGER
                           ELSE floor(taste * taste * taste * {items})::INTEGER
                       END) AS item_id,
                       'view' AS kind,
                       TIMESTAMPTZ '2026-01-01' + to_microseconds(
                           (moment * {DAYS} * 86400 * 1000000)::BIGINT
                       ) AS occurred_at
                FROM (
                    SELECT floor(pow(random(), 1.5) * {users})::INTEGER AS who,
                           random() < 0.67 AS is_own, random() AS taste, random() AS moment
                    FROM range({events})
                )
                ORDER BY occurred_at
            ) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
            """
        )
