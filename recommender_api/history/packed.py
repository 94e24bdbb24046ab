"""
Recent events of many users and sessions, packed into 20 bytes each, and who sessions turned out to
be; no locks, no IO.

Equal records are kept once, so that what is told twice does no harm. Whom an anonymous event
belongs to is found out when somebody asks, so that joins and events may come in any order.
"""

import math
from collections.abc import Iterable, Iterator
from heapq import nlargest
from itertools import count, islice
from operator import itemgetter

import numpy as np

from recommender_models.bundle import RecentEvent
from recommender_store.event_log.remembered import EVENTS_PER_USER, SILENT_KINDS

from .actors import FIELDS, RECORD, Actors, each
from .deeds import Deed, Deeds
from .joins import Joins, owner_of
from .protocol import Join

_AT_ONCE = 1_000
"""Deeds put into columns together."""

_Record = tuple[int, int, int, float]
"""Item code, twice the kind's code and one more where a user is named, time in ms, value."""

_SILENT = frozenset(SILENT_KINDS)

_made = count()
_AT_MS = itemgetter(2)
_MOMENT = itemgetter(0)


class PackedRecords:
    """At most `EVENTS_PER_USER` of each user and session, and at most `actors_limit` of either."""

    def __init__(self, actors_limit: int) -> None:
        self._items = Codes()
        self._kinds = Codes()
        self._users = Actors(actors_limit)
        self._sessions = Actors(actors_limit)
        self._joins = Joins(actors_limit)
        self._made = next(_made).to_bytes(8, "big")
        """Codes are another's with other records."""

    @property
    def actor_count(self) -> int:
        return len(self._users) + len(self._sessions)

    def add(self, told: Iterable[Deed | Join]) -> None:
        if isinstance(told, Deeds):
            self._add(told)
            return
        deeds = self._deeds(told)
        while some := Deeds.of(islice(deeds, _AT_ONCE)):
            self._add(some)

    def recent(self, user_id: str | None, session_id: str | None) -> list[RecentEvent]:
        """Newest first, each event once."""
        if user_id is None:
            told = self._did_in(session_id)
        else:
            told = [*self._belonging_to(user_id), *self._of_nobody_else(session_id)]
        # Of one moment, ordered by what outlives the process: codes are given anew at each start.
        items, kinds = self._items.names, self._kinds.names
        records = {
            (at_ms, items[item], kinds[kind // 2]): None if math.isnan(value) else value
            for item, kind, at_ms, value in told
        }
        return [
            RecentEvent(kind, item_id, at_ms, value)
            for (at_ms, item_id, kind), value in sorted(records.items(), key=_MOMENT, reverse=True)
        ]

    def read_from(self, user_id: str | None, session_id: str | None) -> tuple[bytes, ...] | None:
        """What `recent` is read from; None where joins have a part in it."""
        if user_id is None:
            return self._made, self._sessions.packed(session_id)
        if self._joins.sessions_of(user_id) or (session_id and self._joins.of(session_id)):
            return None
        return self._made, self._users.packed(user_id), self._sessions.packed(session_id)

    def _deeds(self, told: Iterable[Deed | Join]) -> Iterator[Deed]:
        """The deeds; joins are taken in on the way."""
        for one in told:
            if isinstance(one, Join):
                self._joins.add(one)
            else:
                yield one

    def _add(self, told: Deeds) -> None:
        deeds = told.without(_SILENT)
        count = len(deeds)
        records = np.empty(count, FIELDS)
        records["item"] = np.fromiter(map(self._items.__getitem__, deeds.items), np.int32, count)
        kinds = np.fromiter(map(self._kinds.__getitem__, deeds.kinds), np.int32, count)
        is_named = np.fromiter((user is not None for user in deeds.users), np.bool_, count)
        records["kind"] = 2 * kinds + is_named
        records["at_ms"] = deeds.times_ms
        records["value"] = np.array(deeds.values, np.float32)
        packed = each(records.tobytes())
        self._users.add(deeds.users, packed)
        self._sessions.add(deeds.sessions, packed)

    def _belonging_to(self, user_id: str) -> list[_Record]:
        named: list[_Record] = [*RECORD.iter_unpack(self._users.packed(user_id))]
        joined = [
            record
            for session_id in self._joins.sessions_of(user_id)
            for record in self._anonymous(session_id)
            if owner_of(self._joins.of(session_id), _AT_MS(record)) == user_id
        ]
        return nlargest(EVENTS_PER_USER, named + joined, key=_AT_MS) if joined else named

    def _of_nobody_else(self, session_id: str | None) -> list[_Record]:
        if session_id is None or self._joins.of(session_id):
            return []
        return self._anonymous(session_id)

    def _anonymous(self, session_id: str) -> list[_Record]:
        return [record for record in self._did_in(session_id) if record[1] % 2 == 0]

    def _did_in(self, session_id: str | None) -> list[_Record]:
        return [*RECORD.iter_unpack(self._sessions.packed(session_id))]


class Codes(dict[str, int]):
    """Name → its code; a new name gets the next."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __missing__(self, name: str) -> int:
        code = self[name] = len(self.names)
        self.names.append(name)
        return code
