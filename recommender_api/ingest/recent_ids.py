"""
The identities of events that were made durable lately, to tell a retry at once.

Two generations of a bounded size, the older one forgotten as a whole: to forget the oldest one by
one would cost more than to remember them.
"""

from collections.abc import Sequence

from .arrival import Arrival

GENERATION = 100_000
"""Ids remembered at least, a tenant and replica; at most twice as many, some 40 MB."""
_DAY = len("2026-11-20")


class RecentIds:
    """An identity is the event's id and its UTC day; of an id on two days the later told counts."""

    def __init__(self, generation: int = GENERATION) -> None:
        self._generation = generation
        self._young: dict[str, str] = {}
        self._old: dict[str, str] = {}

    def remember(self, arrivals: Sequence[Arrival]) -> None:
        self._young.update({one.event_id: one.occurred_at for one in arrivals})
        if len(self._young) >= self._generation:
            self._young, self._old = {}, self._young

    def strangers(self, arrivals: list[Arrival]) -> list[Arrival]:
        """Those that are not known, in their order; twins among them count once."""
        ids = {one.event_id for one in arrivals}
        if len(ids) == len(arrivals) and self._knows_none(ids):
            return arrivals
        fresh: dict[tuple[str, str], Arrival] = {}
        for one in arrivals:
            day = one.occurred_at[:_DAY]
            if not self._knows(one.event_id, day):
                fresh.setdefault((one.event_id, day), one)
        return list(fresh.values())

    def _knows_none(self, ids: set[str]) -> bool:
        return self._young.keys().isdisjoint(ids) and self._old.keys().isdisjoint(ids)

    def _knows(self, event_id: str, day: str) -> bool:
        return any(
            generation.get(event_id, "")[:_DAY] == day for generation in (self._young, self._old)
        )
