"""
Who was erased: what they did before is told by nobody from the moment it is known here, whatever
of it history and models still hold.
"""

from collections.abc import Sequence

from recommender_api.history.protocol import Recollection
from recommender_models.bundle import RecentEvent
from recommender_store.tenant_space import TenantSpace


class Forgotten:
    """One tenant's erased users, by digest: their ids are kept nowhere. `look` blocks."""

    def __init__(self, space: TenantSpace) -> None:
        self._space = space
        self._tombstones = space.tombstones({})
        self._hidden: frozenset[str] = frozenset()
        """Those whom a loaded model may still know."""

    @property
    def is_empty(self) -> bool:
        return self._tombstones.is_empty

    def look(self) -> frozenset[str]:
        """Learn of new erasures; tells of those that were done before this call."""
        waiting, times = self._space.erasures.standing()
        if times != self._tombstones.times:
            self._tombstones = self._space.tombstones(times)
        done = self._hidden - waiting
        self._hidden |= waiting
        return done

    def release(self, done: frozenset[str]) -> None:
        """What is loaded now was read after these were done."""
        self._hidden -= done

    def before_ms(self, user_id: str | None) -> int | None:
        """Until when nothing of the user counts; None for whoever was not erased."""
        return self._tombstones.before_ms(user_id)

    def hides(self, user_id: str | None, at_ms: int) -> bool:
        """Whether what the user did then is told no more."""
        before_ms = self.before_ms(user_id)
        return before_ms is not None and at_ms < before_ms

    def without(self, recalled: Recollection, user_id: str | None) -> Recollection:
        """The same, as far as it was done after the erasure; nobody is to remember it."""
        before_ms = self.before_ms(user_id)
        if before_ms is None or user_id is None:
            return recalled
        events: list[RecentEvent] = [one for one in recalled.events if one.at_ms >= before_ms]
        shown: Sequence[tuple[str, int]] = [one for one in recalled.shown if one[1] >= before_ms]
        is_hidden = not self._hidden.isdisjoint(self._tombstones.digests_of(user_id))
        return recalled._replace(events=events, shown=shown, read_from=None, is_hidden=is_hidden)
