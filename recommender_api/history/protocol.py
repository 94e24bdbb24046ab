"""
What serving asks of live history.
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from loggers_sdk.events import parse_time
from recommender_models.bundle import RecentEvent
from recommender_store.event_log.log import EventLog


class Deed(NamedTuple):
    """One event as history takes it in."""

    user_id: str | None
    session_id: str | None
    kind: str
    item_id: str
    at_ms: int
    value: float | None


class Recollection(NamedTuple):
    """What is known of a user and a session."""

    events: list[RecentEvent]
    """Newest first, each once."""
    fault: str | None = None
    """Why something may be missing."""


class History(Protocol):
    """The newest events of one tenant's users and sessions. It fails nobody."""

    async def add(self, deeds: Iterable[Deed]) -> None:
        """Take in events that were made durable; they count from the next request on."""
        ...

    async def recent(self, user_id: str | None, session_id: str | None) -> Recollection:
        """What this user and this session did."""
        ...

    def reload(self, log: EventLog) -> None:
        """
        Know what the log says now. Blocks; events may come and be asked for meanwhile.

        Raises:
            StoreError: where the log cannot be read; what is known stays.
        """
        ...


def at_ms_of(occurred_at: str) -> int:
    """The event's millisecond, the same whether it is live, from a segment or from a checkpoint."""
    return round(parse_time(occurred_at) * 1_000_000) // 1000
