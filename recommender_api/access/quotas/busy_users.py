"""
A bot guard: how many events of one user or session occurred in one minute, as this worker saw them.

By the minute in which they occurred, so that what a logger kept through an outage and sends at once
makes nobody a bot. Bounded in two generations: whoever is in neither begins anew. Nothing is
shared between workers: to refuse an event is for ever, so who comes through several may do more.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

GENERATION = 100_000
"""Minutes of users that are remembered at least, at most twice as many: some 20 MB."""
_MINUTE = len("2026-11-20T10:00")

Actor = int
"""Hash of a user, or else of a session, and the minute; means something in this process only."""


class Deed(Protocol):
    """What of an event is looked at."""

    @property
    def user_id(self) -> str | None: ...

    @property
    def session_id(self) -> str | None: ...

    @property
    def occurred_at(self) -> str: ...


def actors_of(deeds: Sequence[Deed]) -> list[Actor]:
    """Who did each, and when."""
    return [hash((one.user_id or one.session_id, one.occurred_at[:_MINUTE])) for one in deeds]


class BusyUsers:
    """One tenant's, in one worker."""

    def __init__(self, limit: int, generation: int = GENERATION) -> None:
        self.limit = limit
        self._generation = generation
        self._young: Counter[Actor] = Counter()
        self._old: Counter[Actor] = Counter()

    def has_room_for(self, actors: Mapping[Actor, int]) -> bool:
        """Whether none of them would do too much."""
        limit, young, old = self.limit, self._young, self._old
        return all(
            count + young.get(actor, 0) + old.get(actor, 0) <= limit
            for actor, count in actors.items()
        )

    def beyond(self, actors: Sequence[Actor]) -> set[int]:
        """The places of the events that are too many, the last of each actor."""
        room = {actor: self.limit - self._seen(actor) for actor in set(actors)}
        places = set()
        for place, actor in enumerate(actors):
            room[actor] -= 1
            if room[actor] < 0:
                places.add(place)
        return places

    @contextmanager
    def taking(self, actors: Mapping[Actor, int]) -> Iterator[None]:
        """Count these, unless the block fails: then they come again."""
        generation = self._young
        generation.update(actors)
        if len(generation) >= self._generation:
            self._young, self._old = Counter(), generation
        try:
            yield
        except BaseException:
            generation.subtract(actors)
            raise

    def _seen(self, actor: Actor) -> int:
        return self._young[actor] + self._old[actor]
