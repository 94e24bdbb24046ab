"""
Live history in this process: packed records per user, at most `EVENTS_PER_USER` each.

Starts from the log's checkpoint and the segments after it; takes in every event that this process
accepts. Twins do no harm: equal records are kept once. Written by one thread at a time; another
may read what is popular meanwhile.
"""

import heapq
import math
import struct
from collections.abc import Iterable, Iterator
from operator import itemgetter

import msgspec

from recommender_models.bundle import RecentEvent
from recommender_store.event_log.checkpoint import EVENTS_PER_USER, HISTORY_KINDS
from recommender_store.event_log.log import EventLog

from .protocol import Deed, at_ms_of

_RECORD = struct.Struct("<iBqf")
"""Item code, kind code, time in ms, value (NaN for none): 17 bytes."""
_LIMIT_BYTES = EVENTS_PER_USER * _RECORD.size
_KIND_CODES = {kind: code for code, kind in enumerate(HISTORY_KINDS)}
ACTORS_LIMIT = 1_000_000
"""Users kept, and sessions likewise: 1.3 GB at the worst; who was silent longest goes first."""

_MOMENT = itemgetter(0)

Actors = dict[str, bytearray]


class _Line(msgspec.Struct):
    """What history reads of a segment's line."""

    kind: str
    occurred_at: str
    item_id: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    value: float | None = None


class InMemoryHistory:
    """One tenant's users and sessions."""

    def __init__(self, actors_limit: int = ACTORS_LIMIT) -> None:
        self._actors_limit = actors_limit
        self._items: list[str] = []
        self._item_codes: dict[str, int] = {}
        self._users: Actors = {}
        self._sessions: Actors = {}
        self._counts: dict[int, int] = {}
        self.event_count = 0
        """Of all users and sessions, ever; grows with each event that is new."""

    @classmethod
    def load(cls, log: EventLog) -> "InMemoryHistory":
        """What the log says now."""
        history = cls()
        users, marks = log.newest_by_user()
        for user in users:
            history.add(
                Deed(user.user_id, None, kind, item_id, at_ms, value)
                for kind, item_id, at_ms, value in zip(
                    user.kinds, user.items, user.times_ms, user.ratings, strict=True
                )
            )
        lines, _ = log.lines_after(marks)
        decode = msgspec.json.Decoder(_Line).decode
        history.add(deed for line in lines if (deed := _deed(decode(line))) is not None)
        return history

    @property
    def item_ids(self) -> list[str]:
        """Every item that anybody did anything with, in order of appearance."""
        return self._items

    def add(self, deeds: Iterable[Deed]) -> None:
        for deed in deeds:
            kind = _KIND_CODES.get(deed.kind)
            if kind is None:
                continue
            item = self._item_code(deed.item_id)
            value = math.nan if deed.value is None else deed.value
            record = _RECORD.pack(item, kind, deed.at_ms, value)
            of_user = self._append(self._users, deed.user_id, record)
            of_session = self._append(self._sessions, deed.session_id, record)
            if of_user or of_session:
                self._counts[item] = self._counts.get(item, 0) + 1
                self.event_count += 1

    def visits(self) -> Iterator[Deed]:
        """What is known of sessions: the log's checkpoint remembers users only."""
        for session_id, packed in list(self._sessions.items()):
            for item, kind, at_ms, value in _RECORD.iter_unpack(bytes(packed)):
                told = None if math.isnan(value) else value
                yield Deed(None, session_id, HISTORY_KINDS[kind], self._items[item], at_ms, told)

    def recent(self, user_id: str | None, session_id: str | None) -> list[RecentEvent]:
        packed = b""
        if user_id is not None:
            packed += self._users.get(user_id, b"")
        if session_id is not None:
            packed += self._sessions.get(session_id, b"")
        # Of one moment, ordered by what outlives the process: codes are given anew at each start.
        records = {
            (at_ms, self._items[item], HISTORY_KINDS[kind]): None if math.isnan(value) else value
            for item, kind, at_ms, value in _RECORD.iter_unpack(packed)
        }
        return [
            RecentEvent(kind, item_id, at_ms, value)
            for (at_ms, item_id, kind), value in sorted(records.items(), key=_MOMENT, reverse=True)
        ]

    def popular(self, n: int) -> list[tuple[str, int]]:
        counted = heapq.nlargest(n, list(self._counts.items()), key=itemgetter(1))
        return [(self._items[item], count) for item, count in counted]

    def _item_code(self, item_id: str) -> int:
        code = self._item_codes.get(item_id)
        if code is None:
            code = self._item_codes[item_id] = len(self._items)
            self._items.append(item_id)
        return code

    def _append(self, actors: Actors, actor: str | None, record: bytes) -> bool:
        """Keep a record of somebody; False for one that is there already, or for nobody."""
        if actor is None:
            return False
        # Put behind all others: the first is then whoever was silent longest.
        known = actors[actor] = actors.pop(actor, bytearray())
        if _holds(known, record):
            return False
        known += record
        if len(known) > _LIMIT_BYTES:
            _keep_newest(known)
        if len(actors) > self._actors_limit:
            del actors[next(iter(actors))]
        return True


def _holds(known: bytearray, record: bytes) -> bool:
    at = known.find(record)
    while at % _RECORD.size and at >= 0:
        at = known.find(record, at + 1)
    return at >= 0


def _keep_newest(known: bytearray) -> None:
    """Drop the oldest by time, which need not be the first that came."""
    records = sorted(
        (known[at : at + _RECORD.size] for at in range(0, len(known), _RECORD.size)),
        key=lambda record: _RECORD.unpack(record)[2],
    )
    known[:] = b"".join(records[-EVENTS_PER_USER:])


def _deed(line: _Line) -> Deed | None:
    if line.item_id is None:
        return None
    at_ms = at_ms_of(line.occurred_at)
    return Deed(line.user_id, line.session_id, line.kind, line.item_id, at_ms, line.value)
