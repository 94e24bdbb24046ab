"""
Live history in this process: read from the log at the start, and from then on told.
"""

import threading
from collections.abc import Iterable

from recommender_store.event_log.log import EventLog

from .deeds import Deeds
from .packed import PackedRecords
from .protocol import Deed, Join, Recollection
from .replay import replayed

ACTORS_LIMIT = 1_000_000
"""Users kept, and sessions likewise: 1.6 GB at the worst; who was silent longest goes first."""
ACTOR_BYTES = 800
"""Of one, with what most have."""


class InMemoryHistory:
    """One tenant's users and sessions."""

    def __init__(self, actors_limit: int = ACTORS_LIMIT) -> None:
        self._actors_limit = actors_limit
        self._records = PackedRecords(actors_limit)
        self._meanwhile: list[Deed | Join] | None = None
        """What came since a reload began."""
        self._adding = threading.Lock()

    @property
    def size_bytes(self) -> int:
        return self._records.actor_count * ACTOR_BYTES

    async def add(self, deeds: Iterable[Deed]) -> None:
        self.take(deeds)

    async def join(self, session_id: str, user_id: str, at_ms: int) -> None:
        self.take([Join(session_id, user_id, at_ms)])

    async def recent(self, user_id: str | None, session_id: str | None) -> Recollection:
        records = self._records
        events = records.recent(user_id, session_id)
        return Recollection(events, read_from=records.read_from(user_id, session_id))

    def take(self, told: Iterable[Deed | Join]) -> None:
        """`add` and `join` for who cannot wait for them."""
        known = told if isinstance(told, Deeds) else list(told)
        with self._adding:
            if self._meanwhile is not None:
                self._meanwhile += known
            self._records.add(known)

    def reload(self, log: EventLog) -> None:
        with self._adding:
            self._meanwhile = []
        try:
            records = PackedRecords(self._actors_limit)
            records.add(replayed(log))
            with self._adding:
                records.add(self._meanwhile)
                self._records = records
        finally:
            with self._adding:
                self._meanwhile = None
