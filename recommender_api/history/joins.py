"""
Which user a session's anonymous events belong to: the rule, and joins kept by it. No locks, no IO.
"""

from bisect import bisect_right, insort
from collections.abc import Sequence

from .protocol import JOINS_PER_SESSION, SESSIONS_PER_USER, Join

At = tuple[int, str]
"""The moment of a join, and the user: in this order the last one counts."""

_AFTER_EVERY_ID = chr(0x10FFFF)


def owner_of(joins: Sequence[At], at_ms: int) -> str | None:
    """The user to whom an anonymous event of that time belongs; `joins` are sorted."""
    if not joins:
        return None
    last = bisect_right(joins, (at_ms, _AFTER_EVERY_ID)) - 1
    return joins[max(last, 0)][1]


class Joins:
    """The newest joins of at most `sessions_limit` sessions."""

    def __init__(self, sessions_limit: int) -> None:
        self._sessions_limit = sessions_limit
        self._of_session: dict[str, list[At]] = {}
        self._sessions_of: dict[str, dict[str, int]] = {}
        """User → session → the newest moment at which it was joined to the user."""

    def add(self, join: Join) -> None:
        # Put behind all others: the first is then whichever was joined longest ago.
        known = self._of_session[join.session_id] = self._of_session.pop(join.session_id, [])
        at = (join.at_ms, join.user_id)
        if at not in known:
            insort(known, at)
            self._remember_session(join)
            self._forget(join.session_id, len(known) - JOINS_PER_SESSION)
        if len(self._of_session) > self._sessions_limit:
            eldest, joins = next(iter(self._of_session.items()))
            self._forget(eldest, len(joins))
            del self._of_session[eldest]

    def of(self, session_id: str) -> Sequence[At]:
        """In order of time."""
        return self._of_session.get(session_id, ())

    def sessions_of(self, user_id: str) -> Sequence[str]:
        """Those that were joined to the user at some time."""
        return list(self._sessions_of.get(user_id, ()))

    def _remember_session(self, join: Join) -> None:
        sessions = self._sessions_of.setdefault(join.user_id, {})
        sessions[join.session_id] = max(join.at_ms, sessions.get(join.session_id, join.at_ms))
        if len(sessions) > SESSIONS_PER_USER:
            del sessions[min(sessions, key=lambda session_id: (sessions[session_id], session_id))]

    def _forget(self, session_id: str, count: int) -> None:
        """Drop the oldest joins of a session, and the session where it was a user's by them."""
        joins = self._of_session[session_id]
        dropped, joins[:] = joins[: max(count, 0)], joins[max(count, 0) :]
        for user_id in {user_id for _, user_id in dropped} - {user_id for _, user_id in joins}:
            sessions = self._sessions_of.get(user_id, {})
            sessions.pop(session_id, None)
            if not sessions:
                self._sessions_of.pop(user_id, None)
