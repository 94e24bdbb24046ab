"""
The identities of events that were made durable lately, to tell a retry at once.

What is remembered of one is its hash: ids that were kept themselves would hold the memory of every
batch they came with. That two events of 200,000 are taken for one happens once in 10¹³ events.
Two generations of a bounded size, the older one forgotten as a whole: to forget the oldest one by
one would cost more than to remember them.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .arrival import Arrival

GENERATION = 100_000
"""Events remembered at least, a tenant and replica; at most twice as many, some 20 MB."""
_DAY = len("2026-11-20")

Identity = int
"""Hash of an event's id and its UTC day; means something in this process only."""


class Strangers(NamedTuple):
    """Events that are not known, in their order, and their identities."""

    arrivals: list[Arrival]
    identities: list[Identity]


class RecentIds:
    """One tenant's."""

    def __init__(self, generation: int = GENERATION) -> None:
        self._generation = generation
        self._young: set[Identity] = set()
        self._old: set[Identity] = set()

    def remember(self, identities: Sequence[Identity]) -> None:
        self._young.update(identities)
        if len(self._young) >= self._generation:
            self._young, self._old = set(), self._young

    def strangers(self, arrivals: list[Arrival]) -> Strangers:
        """Those that are not known; twins among them count once."""
        identities = [hash((one.event_id, one.occurred_at[:_DAY])) for one in arrivals]
        is_fresh = self._young.isdisjoint(identities) and self._old.isdisjoint(identities)
        if is_fresh and len(set(identities)) == len(arrivals):
            return Strangers(arrivals, identities)
        fresh: dict[Identity, Arrival] = {}
        for identity, one in zip(identities, arrivals, strict=True):
            if identity not in self._young and identity not in self._old:
                fresh.setdefault(identity, one)
        return Strangers(list(fresh.values()), list(fresh))
