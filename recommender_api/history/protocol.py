"""
What serving asks of live history.
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from loggers_sdk.events import parse_time
from recommender_models.bundle import RecentEvent


class Deed(NamedTuple):
    """One event as history takes it in."""

    user_id: str | None
    session_id: str | None
    kind: str
    item_id: str
    at_ms: int
    value: float | None


class History(Protocol):
    """The newest events of one tenant's users and sessions."""

    def add(self, deeds: Iterable[Deed]) -> None: ...

    def recent(self, user_id: str | None, session_id: str | None) -> list[RecentEvent]:
        """What this user and this session did, newest first, each event once."""
        ...

    def popular(self, n: int) -> list[tuple[str, int]]:
        """The n items with the most events, and how many; for tenants without a model."""
        ...


def at_ms_of(occurred_at: str) -> int:
    """The event's millisecond, the same whether it is live, from a segment or from a checkpoint."""
    return round(parse_time(occurred_at) * 1_000_000) // 1000
