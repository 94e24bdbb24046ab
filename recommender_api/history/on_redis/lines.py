"""
How history lies in Redis: a string for each user and each session, a JSON array on each line.

    [kind, item_id, at_ms, value]            an event; in a session's string the kind begins with
                                             `@` where the event names a user
    ["identify", user_id, at_ms, null]       in a session's string: it was joined to the user
    ["joined", session_id, at_ms, null]      in a user's string: the same, seen from the user

Lines are appended in any order and may repeat; what is read does not depend on either. Ids stand
in full, since codes would be one process's own. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import msgspec

from recommender_api.history.joins import At
from recommender_api.history.protocol import JOINS_PER_SESSION, SESSIONS_PER_USER, Deed, Join
from recommender_models.bundle import RecentEvent
from recommender_store.event_log.remembered import EVENTS_PER_USER, SILENT_KINDS
from recommender_store.tenants.identity import TenantId

IDENTIFY, JOINED = "identify", "joined"
_JOINED_LINE = b'["joined",'
_PREFIX = "recommender:1"
"""The format's number: another version of this code reads and writes strings of its own."""


class Names:
    """The keys of one tenant; a tenant's id holds no colon, so that none meets another's."""

    def __init__(self, tenant_id: TenantId) -> None:
        self.all = f"{_PREFIX}:{tenant_id}:"
        self.known = f"{self.all}known"
        """What of the log Redis holds; not there: nothing."""
        self.marks = f"{self.all}marks"
        """Writer → the segment up to which it holds all."""
        self.lock = f"{self.all}lock"
        """Who brings it up to the log just now."""
        self._user, self._session = f"{self.all}u:", f"{self.all}s:"
        self._shown_user, self._shown_session = f"{self.all}vu:", f"{self.all}vs:"

    def user(self, user_id: str) -> str:
        return self._user + user_id

    def session(self, session_id: str) -> str:
        return self._session + session_id

    def shown_to(self, user_id: str | None, session_id: str | None) -> str:
        if user_id is None:
            return f"{self._shown_session}{session_id}"
        return self._shown_user + user_id


class Actor(NamedTuple):
    """What a user's or a session's string says, cut to its limits."""

    events: list[RecentEvent]
    """Newest first, each once."""
    anonymous: list[RecentEvent]
    """Of a session: those of them that name no user."""
    joins: list[At]
    """Of a session: when it was joined to whom, in order."""
    sessions: list[str]
    """Of a user: those joined to it."""


_decode_lines = msgspec.json.Decoder(RecentEvent).decode_lines
_encode_lines = msgspec.json.Encoder().encode_lines
_encode = msgspec.json.Encoder().encode
_NOBODY = Actor([], [], [], [])
_NAMED = "@"
READ_KEPT, KEPT_BYTES = 4_000, 4_096
"""Users' strings whose meaning is remembered: 20 MB as a rule, 60 at the most."""


def lines_of(names: Names, told: Iterable[Deed | Join]) -> dict[str, bytes]:
    """Key → what is to be appended there."""
    by_key: dict[str, list[bytes]] = defaultdict(list)
    deeds: list[Deed] = []
    for one in told:
        if isinstance(one, Join):
            session_id, user_id, at_ms = one
            by_key[names.session(session_id)].append(_encode(RecentEvent(IDENTIFY, user_id, at_ms)))
            by_key[names.user(user_id)].append(_encode(RecentEvent(JOINED, session_id, at_ms)))
        elif one.kind not in SILENT_KINDS:
            deeds.append(one)
    for one, rest in zip(deeds, _rests(deeds), strict=False):
        if one.user_id is not None:
            by_key[names.user(one.user_id)].append(_head(one.kind) + rest)
        if one.session_id is not None:
            kind = one.kind if one.user_id is None else _NAMED + one.kind
            by_key[names.session(one.session_id)].append(_head(kind) + rest)
    return {key: b"\n".join(lines) + b"\n" for key, lines in by_key.items()}


def _rests(deeds: Iterable[Deed]) -> list[bytes]:
    """What follows the kind on each one's line: the same for its user and its session."""
    columns = [(one.item_id, one.at_ms, one.value) for one in deeds]
    return [line[1:] for line in _encode_lines(columns).split(b"\n")]


@lru_cache(maxsize=1_000)
def _head(kind: str) -> bytes:
    return b"[" + _encode(kind) + b","


def read_user(packed: bytes | None) -> Actor:
    """
    What a user's string says; bytes that are not too many are read once, since who is asked about
    is asked about again.

    Raises:
        msgspec.MsgspecError: where somebody else wrote there.
    """
    if not packed:
        return _NOBODY
    read = _read_user if len(packed) > KEPT_BYTES else _read_user_once
    return read(packed)


def _read_user(packed: bytes) -> Actor:
    events = _decode_lines(packed)
    if _JOINED_LINE not in packed:
        return Actor(newest(events), [], [], [])
    sessions: dict[str, int] = {}
    for kind, session_id, at_ms, _ in events:
        if kind == JOINED:
            sessions[session_id] = max(at_ms, sessions.get(session_id, at_ms))
    order = sorted(sessions, key=lambda session_id: (sessions[session_id], session_id))
    done = newest(one for one in events if one.kind != JOINED)
    return Actor(done, [], [], order[-SESSIONS_PER_USER:])


_read_user_once = lru_cache(maxsize=READ_KEPT)(_read_user)


def read_session(packed: bytes | None) -> Actor:
    """
    Raises:
        msgspec.MsgspecError: where somebody else wrote there.
    """
    if not packed:
        return _NOBODY
    joins: set[At] = set()
    anonymous, done = [], []
    for one in _decode_lines(packed):
        if one.kind == IDENTIFY:
            joins.add((one.at_ms, one.item_id))
        elif one.kind.startswith(_NAMED):
            done.append(one._replace(kind=one.kind.removeprefix(_NAMED)))
        else:
            anonymous.append(one)
            done.append(one)
    return Actor(newest(done), newest(anonymous), sorted(joins)[-JOINS_PER_SESSION:], [])


def newest(events: Iterable[RecentEvent]) -> list[RecentEvent]:
    """
    The newest `EVENTS_PER_USER`, newest first, each once.

    Of one moment, ordered by what every process knows.
    """
    once = {(one[2], one[1], one[0]): one for one in events}
    return [once[identity] for identity in sorted(once, reverse=True)[:EVENTS_PER_USER]]
