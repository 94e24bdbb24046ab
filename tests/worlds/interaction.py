"""One row of a test world's log, and the clock that its rows are stamped by."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

START = datetime(2026, 1, 5, tzinfo=UTC)


class Interaction(NamedTuple):
    """Who did what to which item, and when (UTC)."""

    user_id: str
    item_id: str
    kind: str
    occurred_at: datetime


def stamp(pairs: list[tuple[str, str]], kind: str, days: float) -> list[Interaction]:
    """Spread (user, item) pairs evenly, in their order, over that many days from `START`."""
    step = timedelta(days=days) / max(1, len(pairs))
    return [
        Interaction(user_id, item_id, kind, START + place * step)
        for place, (user_id, item_id) in enumerate(pairs)
    ]
