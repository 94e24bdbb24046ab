"""
Live history in this process: read from the log at the start, and from then on told.
"""

import threading
from collections.abc import Iterable, Iterator

from recommender_store.event_log.log import EventLog

from .deeds import Deeds
from .packed import PackedRecords
from .protocol import Deed, Join, Recollection, Showing
from .replay import replayed
from .shown import PackedShowings

ACTORS_LIMIT = 1_000_000
"""Users kept, and sessions likewise: 1.6 GB at the worst; who was silent longest goes first."""
ACTOR_BYTES = 800
"""Of one, with what most have."""
SHOWN_SHARE = 4
"""Of a quarter of them what they were shown is kept, which is 1.5 GB at the worst."""


class InMemoryHistory:
    """One tenant's users and sessions."""

    def __init__(self, actors_limit: int = ACTORS_LIMIT) -> None:
        self._actors_limit = actors_limit
        self._records = PackedRecords(actors_limit)
        self._meanwhile: list[Deed | Join] | None = None
        """What came since a reload began."""
        self._showings = PackedShowings(actors_limit // SHOWN_SHARE)
        self._shown_meanwhile: list[Showing] | None = None
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

    async def show(self, showings: Iterable[Showing]) -> None:
        some = list(showings)
        with self._adding:
            if self._shown_meanwhile is not None:
                self._shown_meanwhile += some
            self._showings.add(some)

    async def shown(self, user_id: str | None, session_id: str | None) -> Recollection:
        return Recollection([], shown=self._showings.of(user_id, session_id))

    def take(self, told: Iterable[Deed | Join]) -> None:
        """`add` and `join` for who cannot wait for them."""
        known = told if isinstance(told, Deeds) else list(told)
        with self._adding:
            if self._meanwhile is not None:
                self._meanwhile += known
            self._records.add(known)

    def reload(self, log: EventLog) -> None:
        with self._adding:
            self._meanwhile, self._shown_meanwhile = [], []
        try:
            records = PackedRecords(self._actors_limit)
            showings = PackedShowings(self._actors_limit // SHOWN_SHARE)
            records.add(_besides(replayed(log), showings))
            with self._adding:
                records.add(self._meanwhile)
                showings.add(self._shown_meanwhile)
                self._records, self._showings = records, showings
        finally:
            with self._adding:
                self._meanwhile = self._shown_meanwhile = None


def _besides(
    told: Iterable[Deed | Join | Showing], showings: PackedShowings
) -> Iterator[Deed | Join]:
    """Deeds and joins; what was shown is taken in on the way."""
    for one in told:
        if isinstance(one, Showing):
            showings.add([one])
        else:
            yield one
