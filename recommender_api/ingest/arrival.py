"""
An event as it came in: checked, typed, and written as the log keeps it.

Batches of them are handled in bulk from here on, since a function call for each event would cost
more than everything else that is done with it.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from loggers_sdk.events import (
    EVENTS_PER_BATCH_LIMIT,
    ID_LENGTH_LIMIT,
    ITEMS_LIMIT,
    POSITION_LIMIT,
)

Id = Annotated[str, Meta(min_length=1, max_length=ID_LENGTH_LIMIT)]
PlainTime = Annotated[str, Meta(min_length=20, max_length=27)]
"""UTC, `2026-11-20T10:00:00Z`, with up to six digits behind the second."""

LARGEST = 2**53 - 1
"""One below what may come, which a larger integer is rounded to on its way to a double."""
Number = Annotated[float, Meta(ge=-LARGEST, le=LARGEST)]
Quantity = Annotated[float, Meta(gt=0, le=LARGEST)]
Position = Annotated[int, Meta(ge=0, le=POSITION_LIMIT)]
NotSent = Annotated[str, Meta(min_length=1, max_length=0)]
"""No text is one: a batch knows no field that only the platform writes."""


class Arrival(Struct, gc=False, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """
    One event; its fields are those of `docs/events.md`.

    Its types let through less than a valid event may hold, and less than all of what they let
    through is valid: `loggers_sdk.events.check_event` decides.
    """

    event_id: Id
    kind: str
    occurred_at: PlainTime
    user_id: Id | None = None
    session_id: Id | None = None
    item_id: Id | None = None
    items: Annotated[list[Id], Meta(min_length=1, max_length=ITEMS_LIMIT)] | None = None
    quantity: Quantity | None = None
    value: Number | None = None
    recommendation_id: Id | None = None
    placement: Id | None = None
    position: Position | None = None
    attributes: dict[str, Any] | None = None
    received_at: NotSent | UnsetType = UNSET
    """RFC 3339 in UTC; written by `stamped_lines`."""


class Batch(Struct, gc=False, forbid_unknown_fields=True):
    """A request's body."""

    events: Annotated[list[Arrival], Meta(max_length=EVENTS_PER_BATCH_LIMIT)]


def rename(arrivals: Sequence[Arrival], held_as: Callable[[str], str]) -> None:
    """Replace each user's id by what it is held as."""
    for arrival in arrivals:
        if arrival.user_id is not None:
            arrival.user_id = held_as(arrival.user_id)


_encode_lines = msgspec.json.Encoder().encode_lines


def stamped_lines(arrivals: Sequence[Arrival], received_at: str) -> bytes:
    """The lines of the log for these events, in their order, joined by line ends."""
    for arrival in arrivals:
        arrival.received_at = received_at
    return _encode_lines(arrivals)[:-1]
