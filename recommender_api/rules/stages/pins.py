"""
Items that stand where a rule put them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from recommender_api.rules.expression.compile import Filter

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Pinned:
    """One `pin`."""

    rule_id: str
    when: Filter | None
    item_id: str
    row: int
    """-1: nobody has heard of the item."""
    position: int
    """Counted from 1."""


def placed(pins: Sequence[Pinned], limit: int) -> dict[int, Pinned]:
    """
    Position → its pin, within the limit.

    The first of several pins has its position, the others the next that are free; of several pins
    of one item the first counts.
    """
    by_position: dict[int, Pinned] = {}
    rows = set()
    for pin in pins:
        position = pin.position
        while position in by_position:
            position += 1
        if position <= limit and pin.row not in rows:
            rows.add(pin.row)
            by_position[position] = pin
    return by_position


def inserted(others: Sequence[T], pinned: Mapping[int, T]) -> list[T]:
    """The others in their order, and between them what is pinned; no position stays empty."""
    rest = iter(others)
    result: list[T] = []
    for position in range(1, len(others) + len(pinned) + 1):
        found = pinned.get(position)
        if found is None:
            found = next(rest, None)
        if found is not None:
            result.append(found)
    beyond = len(others) + len(pinned)
    return [*result, *(pinned[at] for at in sorted(pinned) if at > beyond)]
