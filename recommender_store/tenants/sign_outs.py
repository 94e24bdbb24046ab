"""
Sessions of people that ended before their time: whoever shows one of them again is nobody.

A session speaks for itself, by its signature, until it expires; only what ended earlier is written
down, for as long as it could still be shown.
"""

import time

from recommender_store.errors import ObjectMissing
from recommender_store.objects.scope import Scope


class SignOuts:
    """What lies below one scope: `<when it expires>-<id>`, so that the oldest come first."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def put(self, session_id: str, expires_at_s: int) -> None:
        """Durable when it returns; what has expired meanwhile is forgotten."""
        self._scope.put(_key(session_id, expires_at_s), b"{}")
        for found in list(self._scope.list("")):
            if int(found.key.partition("-")[0]) >= time.time():
                break
            self._scope.delete(found.key)

    def has(self, session_id: str, expires_at_s: int) -> bool:
        try:
            self._scope.get(_key(session_id, expires_at_s))
        except ObjectMissing:
            return False
        return True


def _key(session_id: str, expires_at_s: int) -> str:
    return f"{expires_at_s:012d}-{session_id}"
