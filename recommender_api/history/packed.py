"""
Recent events of many users and sessions, packed into 17 bytes each; no locks, no IO.

Equal records are kept once, so that what is told twice does no harm.
"""

import math
import struct
from collections.abc import Iterable, Iterator
from operator import itemgetter

from recommender_models.bundle import RecentEvent
from recommender_store.event_log.checkpoint import EVENTS_PER_USER, HISTORY_KINDS

from .protocol import Deed

_RECORD = struct.Struct("<iBqf")
"""Item code, kind code, time in ms, value (NaN for none): 17 bytes."""
_LIMIT_BYTES = EVENTS_PER_USER * _RECORD.size
_KIND_CODES = {kind: code for code, kind in enumerate(HISTORY_KINDS)}

_MOMENT = itemgetter(0)

Actors = dict[str, bytearray]


class PackedRecords:
    """At most `EVENTS_PER_USER` of each user and session, and at most `actors_limit` of either."""

    def __init__(self, actors_limit: int) -> None:
        self._actors_limit = actors_limit
        self._items: list[str] = []
        self._item_codes: dict[str, int] = {}
        self._users: Actors = {}
        self._sessions: Actors = {}

    def add(self, deeds: Iterable[Deed]) -> None:
        for deed in deeds:
            kind = _KIND_CODES.get(deed.kind)
            if kind is None:
                continue
            value = math.nan if deed.value is None else deed.value
            record = _RECORD.pack(self._item_code(deed.item_id), kind, deed.at_ms, value)
            self._append(self._users, deed.user_id, record)
            self._append(self._sessions, deed.session_id, record)

    def visits(self) -> Iterator[Deed]:
        """What is known of sessions: the log's checkpoint remembers users only."""
        for session_id, packed in list(self._sessions.items()):
            for item, kind, at_ms, value in _RECORD.iter_unpack(bytes(packed)):
                told = None if math.isnan(value) else value
                yield Deed(None, session_id, HISTORY_KINDS[kind], self._items[item], at_ms, told)

    def recent(self, user_id: str | None, session_id: str | None) -> list[RecentEvent]:
        """Newest first, each event once."""
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

    def _item_code(self, item_id: str) -> int:
        code = self._item_codes.get(item_id)
        if code is None:
            code = self._item_codes[item_id] = len(self._items)
            self._items.append(item_id)
        return code

    def _append(self, actors: Actors, actor: str | None, record: bytes) -> None:
        """Keep a record of somebody, once."""
        if actor is None:
            return
        # Put behind all others: the first is then whoever was silent longest.
        known = actors[actor] = actors.pop(actor, bytearray())
        if _holds(known, record):
            return
        known += record
        if len(known) > _LIMIT_BYTES:
            _keep_newest(known)
        if len(actors) > self._actors_limit:
            del actors[next(iter(actors))]


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
