"""
Until when nothing of a user counts, asked by the user's id of every event that comes in.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

OTHERS_LIMIT = 20_000
"""Users who were found not to be erased, and need not be looked for again: 2 MB of their ids."""


class Tombstones:
    """
    The tombstones of a tenant, as they are at one time. Safe to share between threads.

    Ids of those who were erased are kept nowhere; of others, the ones asked for last, since a
    digest costs more than everything else that is done with an event.
    """

    def __init__(
        self, times: Mapping[str, int], digests_of: Callable[[str], AbstractSet[str]]
    ) -> None:
        self.times = times
        """Digest of the user → the newest time (ms)."""
        self.digests_of = digests_of
        self._others: set[str] = set()

    @property
    def is_empty(self) -> bool:
        return not self.times

    def before_ms(self, user_id: str | None) -> int | None:
        """Until when nothing of the user counts; None for whoever was not erased."""
        if user_id is None or not self.times or user_id in self._others:
            return None
        times = [self.times[one] for one in self.digests_of(user_id) if one in self.times]
        if not times and len(self._others) >= OTHERS_LIMIT:
            self._others = {user_id}
        elif not times:
            self._others.add(user_id)
        return max(times, default=None)
