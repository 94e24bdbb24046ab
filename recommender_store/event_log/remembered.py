"""
What a checkpoint remembers, one thing a line: of a user, of a session, of who a session was, of
what was shown to either.

A line says what it is (`of`). Lines of the first version say nothing and are users'.
"""

import msgspec

EVENTS_PER_USER = 64
"""What serving looks at; older events speak through the model's own record of seen items."""

SHOWN_PER_ACTOR = 200
"""Items that a user, or a session without one, was shown last; `cap` rules look at no more."""

SHOWN_DAYS = 90
"""Before the newest event: no `cap` looks back further."""

JOINS_PER_SESSION = 16
"""The newest; an event before them is placed as if it came before the first."""

SESSION_DAYS = 30
"""Before the newest event: what was done in a session longer ago is forgotten as the session's."""

JOIN_DAYS = 365
"""Before the newest event: a session that was joined longer ago is nobody's again."""

SILENT_KINDS = ("impression", "served", "identify")
"""Events of these do not say that somebody did something with an item; of all others, they do."""


class UserEvents(msgspec.Struct, tag_field="of", tag="user"):
    """The newest events of one user, oldest first; the lists stand beside each other."""

    user_id: str
    kinds: list[str]
    items: list[str]
    times_ms: list[int]
    ratings: list[float | None]
    """The event's `value`; only ratings mean anything by it."""
    sessions: list[str | None] | None = None
    """In which session it was; None for all where no event says so."""


class SessionEvents(msgspec.Struct, tag_field="of", tag="session"):
    """The newest events of one session that name no user, oldest first."""

    session_id: str
    kinds: list[str]
    items: list[str]
    times_ms: list[int]
    ratings: list[float | None]


class SessionJoins(msgspec.Struct, tag_field="of", tag="joins"):
    """The newest joins of one session, oldest first."""

    session_id: str
    users: list[str]
    times_ms: list[int]


class ShownItems(msgspec.Struct, tag_field="of", tag="shown"):
    """What impressions showed a user, or a session without one, oldest first."""

    items: list[str]
    times_ms: list[int]
    user_id: str | None = None
    session_id: str | None = None


Remembered = UserEvents | SessionEvents | SessionJoins | ShownItems

_decode = msgspec.json.Decoder(Remembered).decode
_decode_user = msgspec.json.Decoder(UserEvents).decode


def from_line(line: bytes) -> Remembered:
    """
    Raises:
        msgspec.ValidationError: where a newer version wrote the line.
    """
    return _decode(line) if line.startswith(b'{"of"') else _decode_user(line)
