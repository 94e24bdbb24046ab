"""
Everything that the log holds of a user, as it was sent: a page at a time, oldest first.

Sessions that were joined to the user are the user's as far as the joins say; see `owners`.
"""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from .owners import create_owned_view
from .reader import LogState
from .record import COLUMNS


class Place(NamedTuple):
    """Of an event among a user's."""

    occurred_at: datetime
    event_id: str


class UserPage(NamedTuple):
    """Some of a user's events, and where the next page begins; None: there is none."""

    events: list[dict[str, Any]]
    after: Place | None


def page_of_user(
    state: LogState,
    user_id: str,
    limit: int,
    after: Place | None = None,
    since: datetime | None = None,
) -> UserPage:
    """
    Reads the whole log: whose an event of a session is may be said years later.

    Raises:
        LogMoved, LogFileCorrupt, SegmentCorrupt: as `LogState.opened`.
    """
    names = list(COLUMNS)
    with state.opened() as connection:
        connection.execute(
            """
            CREATE TABLE near AS FROM events
            WHERE user_id = $user OR session_id IN (
                SELECT session_id FROM events WHERE kind = 'identify' AND user_id = $user
            )
            """,
            {"user": user_id},
        )
        create_owned_view(connection, "near")
        rows = connection.execute(
            f"""
            SELECT {", ".join(names)} FROM near
            SEMI JOIN (SELECT event_id, occurred_at FROM owned WHERE user_id = $user) AS theirs
            USING (event_id, occurred_at)
            WHERE ($since IS NULL OR occurred_at >= $since)
              AND ($at IS NULL OR (occurred_at, event_id) > ($at, $id))
            ORDER BY occurred_at, event_id
            LIMIT $limit
            """,  # noqa: S608 - column names of our own
            {
                "user": user_id,
                "since": since,
                "at": after.occurred_at if after else None,
                "id": after.event_id if after else None,
                "limit": limit + 1,
            },
        ).fetchall()
    found = [_told(dict(zip(names, row, strict=True))) for row in rows[:limit]]
    if len(rows) <= limit:
        return UserPage(found, None)
    return UserPage(found, Place(found[-1]["occurred_at"], found[-1]["event_id"]))


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Its fields, empty ones left out; `attributes` as what they say."""
    found = {name: value for name, value in row.items() if value is not None}
    if "attributes" in found:
        found["attributes"] = msgspec.json.decode(found["attributes"])
    return found
