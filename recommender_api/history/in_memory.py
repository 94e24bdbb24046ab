"""
Live history in this process: packed records per user, at most `EVENTS_PER_USER` each.

Starts from the log's checkpoint and the segments after it; takes in every event that this process
accepts. Late twins do no harm: equal records are told as one.
"""

import math
import struct
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from recommender_models.bundle import RecentEvent
from recommender_store.event_log.checkpoint import EVENTS_PER_USER, HISTORY_KINDS
from recommender_store.event_log.log import EventLog

from .protocol import Deed

_RECORD = struct.Struct("<iBqf")
"""Item code, kind code, time in ms, value (NaN for none): 17 bytes."""
_LIMIT_BYTES = EVENTS_PER_USER * _RECORD.size
_KIND_CODES = {kind: code for code, kind in enumerate(HISTORY_KINDS)}
SESSIONS_LIMIT = 200_000
"""Anonymous sessions kept; the one that began first goes first."""


class _Line(msgspec.Struct):
    """What history reads of a segment's line."""

    kind: str
    occurred_at: datetime
    item_id: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    value: float | None = None


class InMemoryHistory:
    """One tenant's users and sessions."""

    def __init__(self) -> None:
        self._items: list[str] = []
        self._item_codes: dict[str, int] = {}
        self._users: dict[str, bytearray] = {}
        self._sessions: dict[str, bytearray] = {}
        self._counts: Counter[int] = Counter()

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
            if deed.user_id is not None:
                _append(self._users, deed.user_id, record)
            if deed.session_id is not None:
                _append(self._sessions, deed.session_id, record)
            self._counts[item] += 1
        while len(self._sessions) > SESSIONS_LIMIT:
            del self._sessions[next(iter(self._sessions))]

    def recent(self, user_id: str | None, session_id: str | None) -> list[RecentEvent]:
        packed = self._users.get(user_id, b"") if user_id is not None else b""
        if session_id is not None:
            packed = bytes(packed) + self._sessions.get(session_id, b"")
        records = {
            (at_ms, item, kind): value for item, kind, at_ms, value in _RECORD.iter_unpack(packed)
        }
        return [
            RecentEvent(
                HISTORY_KINDS[kind], self._items[item], at_ms, None if math.isnan(value) else value
            )
            for (at_ms, item, kind), value in sorted(records.items(), reverse=True)
        ]

    def popular(self, n: int) -> list[tuple[str, int]]:
        return [(self._items[item], count) for item, count in self._counts.most_common(n)]

    def _item_code(self, item_id: str) -> int:
        code = self._item_codes.get(item_id)
        if code is None:
            code = self._item_codes[item_id] = len(self._items)
            self._items.append(item_id)
        return code


def _append(actors: dict[str, bytearray], actor: str, record: bytes) -> None:
    known = actors.get(actor)
    if known is None:
        known = actors[actor] = bytearray()
    known += record
    if len(known) > _LIMIT_BYTES:
        _keep_newest(known)


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
    at_ms = int(line.occurred_at.astimezone(UTC).timestamp() * 1000)
    return Deed(line.user_id, line.session_id, line.kind, line.item_id, at_ms, line.value)
