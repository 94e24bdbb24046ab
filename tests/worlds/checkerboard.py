"""
A board where even users like even items and odd users like odd ones.

One square of each user's own colour is left out: the one on the diagonal. It is the only item
that fits the user and that the user has not had, so it has to be recommended first.
"""

from typing import NamedTuple

from .interaction import Interaction, stamp


class Checkerboard(NamedTuple):
    """The log; each user's withheld item, the right answer; and each item's colour, 0 or 1."""

    interactions: list[Interaction]
    withheld: dict[str, str]
    colours: dict[str, int]


def checkerboard(
    users: int = 40, items: int = 40, *, kind: str = "view", days: float = 30
) -> Checkerboard:
    """
    Return the board of that size; `items` has to be even.

    User n is user-000n, item n is item-000n. Every user comes back through the whole period,
    so that a split by time leaves each of them on both sides.
    """
    if items < 4 or items % 2:
        raise ValueError(f"A checkerboard needs an even number of items, at least 4, not {items}.")
    liked = [
        (f"user-{user:04d}", f"item-{item:04d}")
        for item in range(items)
        for user in range(users)
        if user % 2 == item % 2 and item != user % items
    ]
    return Checkerboard(
        interactions=stamp(liked, kind, days),
        withheld={f"user-{user:04d}": f"item-{user % items:04d}" for user in range(users)},
        colours={f"item-{item:04d}": item % 2 for item in range(items)},
    )
