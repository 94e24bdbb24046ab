"""What a checkpoint remembers of sessions and joins, and of checkpoints of the first version."""

import msgspec
import pytest
import zstandard

from recommender_store.event_log.errors import LogFileCorrupt
from recommender_store.event_log.log import EventLog
from recommender_store.event_log.remembered import (
    EVENTS_PER_USER,
    JOINS_PER_SESSION,
    SESSION_DAYS,
    SessionEvents,
    SessionJoins,
    UserEvents,
)
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, written

LATE = "2026-11-20T10:00:00Z"


def of_session(event_id: str, occurred_at: str = LATE, session_id: str = "s") -> dict:
    one = event(event_id, occurred_at, session_id=session_id)
    return {name: value for name, value in one.items() if name != "user_id"}


def join(event_id: str, occurred_at: str = LATE, user_id: str = "ann") -> dict:
    one = event(event_id, occurred_at, kind="identify", session_id="s", user_id=user_id)
    return {name: value for name, value in one.items() if name != "item_id"}


def remembered(log: EventLog, kind: type) -> list:
    return [one for one in log.remembered()[0] if isinstance(one, kind)]


def rewrite(scope: Scope, change) -> None:
    """Put other lines where the checkpoint lies."""
    (info,) = scope.list("history")
    lines = zstandard.ZstdDecompressor().decompress(scope.get(info.key)).splitlines()
    text = b"".join(change(line) + b"\n" for line in lines)
    scope.put(info.key, zstandard.ZstdCompressor().compress(text))


def test_a_session_keeps_the_newest_events_that_name_no_user(memory: Scope) -> None:
    log = EventLog(memory)
    order = [f"2026-11-20T10:{n // 60:02}:{n % 60:02}Z" for n in range(EVENTS_PER_USER + 5)]
    written(log, *(of_session(f"e{n:03}", at) for n, at in enumerate(order)))
    written(log, event("named", user_id="u1", session_id="s"))
    log.compact()
    (session,) = remembered(log, SessionEvents)

    assert session.session_id == "s"
    assert session.items == [f"item-of-e{n:03}" for n in range(5, EVENTS_PER_USER + 5)]


def test_a_users_event_knows_its_session(memory: Scope) -> None:
    log = EventLog(memory)
    written(
        log,
        event("e1", "2026-11-20T10:00:01Z"),
        event("e2", LATE[:-2] + "2Z", user_id="u1", session_id="s"),
    )
    log.compact()
    log.compact()
    written(log, event("e3", LATE[:-2] + "3Z"))
    log.compact()
    (user,) = remembered(log, UserEvents)

    assert user.sessions == [None, "s", None]


def test_sessions_of_long_ago_are_forgotten_and_their_joins_are_not(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, of_session("old", "2026-09-01T10:00:00Z"), join("j", "2026-09-01T10:00:00Z"))
    written(log, event("users", "2026-09-01T10:00:00Z", user_id="u1", session_id="s"))
    log.compact()
    assert remembered(log, SessionEvents)

    written(log, event("new", LATE))
    log.compact()

    assert SESSION_DAYS < 80
    assert remembered(log, SessionEvents) == []
    assert [one.users for one in remembered(log, SessionJoins)] == [["ann"]]
    assert [one.sessions for one in remembered(log, UserEvents)] == [[None, None]]


def test_the_newest_joins_stay_in_order_of_time(memory: Scope) -> None:
    log = EventLog(memory)
    count = JOINS_PER_SESSION + 3
    for n in reversed(range(count)):
        written(log, join(f"j{n}", f"2026-11-20T10:00:{n:02}Z", f"user-{n}"))
    log.compact()
    written(log, join("again", f"2026-11-20T10:00:{count - 1:02}Z", f"user-{count - 1}"))
    log.compact()
    (joins,) = remembered(log, SessionJoins)

    assert joins.users == [f"user-{n}" for n in range(3, count)]
    assert joins.times_ms == sorted(joins.times_ms)


def as_once(line: bytes) -> bytes:
    """A user's line as the first version wrote it."""
    fields = msgspec.json.decode(line)
    return msgspec.json.encode(
        {name: value for name, value in fields.items() if name not in ("of", "sessions")}
    )


def test_a_checkpoint_of_the_first_version_is_read_and_grown(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, event("e1", "2026-11-20T10:00:01Z", kind="rating", value=4.5))
    log.compact()
    rewrite(memory, as_once)
    (user,) = remembered(log, UserEvents)
    assert (user.items, user.ratings, user.sessions) == (["item-of-e1"], [4.5], None)

    written(log, event("e2", "2026-11-20T10:00:02Z", user_id="u1", session_id="s"))
    log.compact()
    (user,) = remembered(log, UserEvents)

    assert user.items == ["item-of-e1", "item-of-e2"]
    assert (user.ratings, user.sessions) == ([4.5, None], [None, "s"])


def test_a_checkpoint_of_a_newer_version_is_told_from_one_without_events(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, event("e1"))
    log.compact()
    rewrite(memory, lambda _: b'{"of":"crowd","faces":3}')

    with pytest.raises(LogFileCorrupt, match="no checkpoint known here"):
        list(log.remembered()[0])
