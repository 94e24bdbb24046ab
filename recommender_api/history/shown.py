"""
What impressions showed to users and sessions, packed as events are; no locks, no IO.
"""

import math
from collections.abc import Iterable

from recommender_store.event_log.remembered import SHOWN_PER_ACTOR

from .actors import RECORD, Actors
from .deeds import Showing

Shown = tuple[str, int]
"""An item's id, and when it was shown (ms)."""


class PackedShowings:
    """At most `SHOWN_PER_ACTOR` items of each actor, and at most `actors_limit` actors."""

    def __init__(self, actors_limit: int) -> None:
        self._codes: dict[str, int] = {}
        self._ids: list[str] = []
        self._users = Actors(actors_limit, SHOWN_PER_ACTOR)
        self._sessions = Actors(actors_limit, SHOWN_PER_ACTOR)

    def add(self, showings: Iterable[Showing]) -> None:
        for user_id, session_id, items, at_ms in showings:
            records = [RECORD.pack(self._code(item_id), 0, at_ms, math.nan) for item_id in items]
            actors, actor = (
                (self._sessions, session_id) if user_id is None else (self._users, user_id)
            )
            actors.add([actor] * len(records), records)

    def of(self, user_id: str | None, session_id: str | None) -> list[Shown]:
        """Each showing of an item once, in no order."""
        packed = self._users.packed(user_id) + self._sessions.packed(session_id)
        records = RECORD.iter_unpack(packed)
        return list({(self._ids[code], at_ms) for code, _, at_ms, _ in records})

    def _code(self, item_id: str) -> int:
        code = self._codes.get(item_id)
        if code is None:
            code = self._codes[item_id] = len(self._ids)
            self._ids.append(item_id)
        return code
