"""
What serving asks of live history.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from loggers_sdk.events import parse_time
from recommender_models.bundle import RecentEvent
from recommender_store.event_log.log import EventLog
from recommender_store.event_log.remembered import EVENTS_PER_USER, JOINS_PER_SESSION

from .deeds import Deed, Deeds, Showing

__all__ = [
    "EVENTS_PER_USER",
    "JOINS_PER_SESSION",
    "SESSIONS_PER_USER",
    "Deed",
    "Deeds",
    "History",
    "Join",
    "Recollection",
    "Showing",
    "at_ms_of",
]

SESSIONS_PER_USER = 16
"""The newest that were joined to a user; what was done in older ones is no longer told."""


class Join(NamedTuple):
    """A session turned out to be a user's."""

    session_id: str
    user_id: str
    at_ms: int


class Recollection(NamedTuple):
    """What is known of a user and a session."""

    events: list[RecentEvent]
    """Newest first, each once."""
    fault: str | None = None
    """Why something may be missing."""
    read_from: tuple[bytes, ...] | None = None
    """What all this was read from: the same bytes say the same; None: nobody can tell."""
    shown: Sequence[tuple[str, int]] = ()
    """Items that were shown, by impressions, and when (ms); only where a rule asks for them."""
    is_hidden: bool = False
    """Whether the user is just being erased: what models know of one is not asked."""


class History(Protocol):
    """
    The newest events of one tenant's users and sessions. It fails nobody.

    An event belongs to the user it names. One without belongs to the user of its session's last
    join at or before its time, and where there is none before it, to the user of the first; of
    two joins of one moment the one with the greater user id is the last. An event of a session
    that was never joined belongs to that session alone.
    """

    @property
    def size_bytes(self) -> int:
        """What it takes of this process's memory, by estimate."""
        ...

    async def add(self, deeds: Iterable[Deed]) -> None:
        """Take in events that were made durable; they count from the next request on."""
        ...

    async def join(self, session_id: str, user_id: str, at_ms: int) -> None:
        """
        Take in a join that was made durable.

        Joins and events may come late, twice and in any order: what is told then is the same.
        At least `JOINS_PER_SESSION` and `SESSIONS_PER_USER` are remembered, the newest.
        """
        ...

    async def recent(self, user_id: str | None, session_id: str | None) -> Recollection:
        """
        With a user: what belongs to the user, and what belongs to this session alone.

        Without a user: all that was done in the session, whoever it belongs to.
        """
        ...

    async def show(self, showings: Iterable[Showing]) -> None:
        """
        Take in impressions that were made durable; late, twice and in any order, as events.

        At least the newest `SHOWN_PER_ACTOR` items are remembered of each user, and of each
        session as far as its impressions name no user.
        """
        ...

    async def shown(self, user_id: str | None, session_id: str | None) -> Recollection:
        """What the user was shown, and what was shown in the session to nobody by name."""
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
