"""
What impressions showed to users and sessions, packed as events are; no locks, no IO.
"""

from collections.abc import Sequence

import numpy as np

from recommender_store.event_log.remembered import SHOWN_PER_ACTOR

from .actors import FIELDS, RECORD, Actors, each
from .deeds import Showing
from .packed import Codes

Shown = tuple[str, int]
"""An item's id, and when it was shown (ms)."""


class PackedShowings:
    """At most `SHOWN_PER_ACTOR` items of each actor, and at most `actors_limit` actors."""

    def __init__(self, actors_limit: int) -> None:
        self._items = Codes()
        self._users = Actors(actors_limit, SHOWN_PER_ACTOR)
        self._sessions = Actors(actors_limit, SHOWN_PER_ACTOR)

    def add(self, showings: Sequence[Showing]) -> None:
        count = sum(len(one.items) for one in showings)
        codes = (self._items[item_id] for one in showings for item_id in one.items)
        times_ms = (one.at_ms for one in showings for _ in one.items)
        records = np.zeros(count, FIELDS)
        records["item"] = np.fromiter(codes, np.int32, count)
        records["at_ms"] = np.fromiter(times_ms, np.int64, count)
        packed = each(records.tobytes())
        self._users.add((one.user_id for one in showings for _ in one.items), packed)
        anonymous = (None if one.user_id else one.session_id for one in showings for _ in one.items)
        self._sessions.add(anonymous, packed)

    def of(self, user_id: str | None, session_id: str | None) -> list[Shown]:
        """Each showing of an item once, in no order."""
        packed = self._users.packed(user_id) + self._sessions.packed(session_id)
        ids, records = self._items.names, RECORD.iter_unpack(packed)
        return list({(ids[code], at_ms) for code, _, at_ms, _ in records})
