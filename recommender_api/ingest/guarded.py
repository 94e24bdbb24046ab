"""
The bot guard, asked about a batch: which events are of somebody who does too much.

One busy user never spoils a batch: each event beyond the quota is refused by itself, with its code,
and counted in the ledger as every event that is refused.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from recommender_api.access.quotas.busy_users import Actor, BusyUsers, actors_of

from .arrival import Arrival
from .recent_ids import Strangers

QUOTA = "events_per_user_per_minute"
CODE = "user_too_busy"


@dataclass(frozen=True)
class Guarded:
    """What of a batch may go on."""

    fresh: Strangers
    refused: list[dict[str, Any]] = field(default_factory=list)
    _guard: BusyUsers | None = None
    _actors: Mapping[Actor, int] = field(default_factory=dict)

    def taking(self) -> AbstractContextManager[None]:
        """Around the write: what fails is not counted."""
        return nullcontext() if self._guard is None else self._guard.taking(self._actors)


def guarded(
    guard: BusyUsers | None,
    fresh: Strangers,
    valid: Sequence[Arrival],
    rejected: Sequence[Mapping[str, Any]],
) -> Guarded:
    """
    Args:
        guard: None lets everything pass.
        fresh: the events that are not known yet, some of `valid`.
        valid: all valid events of the batch, in their order.
        rejected: what was said of all others; with `valid` these make the batch.
    """
    if guard is None:
        return Guarded(fresh)
    actors = actors_of(fresh.arrivals)
    counts = Counter(actors)
    if guard.has_room_for(counts):
        return Guarded(fresh, [], guard, counts)
    beyond = guard.beyond(actors)
    kept = [place for place in range(len(actors)) if place not in beyond]
    taken = {one["index"] for one in rejected}
    indices = (at for at in range(len(valid) + len(rejected)) if at not in taken)
    index_of = {id(one): at for one, at in zip(valid, indices, strict=True)}
    busy = [fresh.arrivals[place] for place in sorted(beyond)]
    return Guarded(
        Strangers(
            [fresh.arrivals[place] for place in kept], [fresh.identities[place] for place in kept]
        ),
        [_rejection(index_of[id(one)], one, guard.limit) for one in busy],
        guard,
        Counter(actors[place] for place in kept),
    )


def _rejection(index: int, event: Arrival, limit: int) -> dict[str, Any]:
    who = "user_id" if event.user_id else "session_id"
    return {
        "index": index,
        "event_id": event.event_id,
        "code": CODE,
        "detail": f"{who}: more than {limit:,} events in one minute ({QUOTA}): is it a bot?",
    }
