"""
Two towns that never meet: no user of one has touched an item of the other.

Whatever is recommended to a user, or beside an item, has to be of the same town.
"""

from random import Random
from typing import NamedTuple

from .interaction import Interaction, stamp

TOWNS = ("north", "south")


class TwoTowns(NamedTuple):
    """The log, and the town of each user and of each item: the right answer."""

    interactions: list[Interaction]
    town_of_user: dict[str, str]
    town_of_item: dict[str, str]


def two_towns(
    users: int = 30, items: int = 20, *, kind: str = "view", days: float = 30, seed: int = 1
) -> TwoTowns:
    """
    Return two towns, each with that many users and items.

    Each user has had about half of the town's items, the first two in any case, so that
    each town hangs together.
    """
    rng = Random(seed)
    had = [
        (f"{town}-user-{user:03d}", f"{town}-item-{item:03d}")
        for town in TOWNS
        for user in range(users)
        for item in range(items)
        if item < 2 or rng.random() < 0.5
    ]
    rng.shuffle(had)
    return TwoTowns(
        interactions=stamp(had, kind, days),
        town_of_user={f"{town}-user-{user:03d}": town for town in TOWNS for user in range(users)},
        town_of_item={f"{town}-item-{item:03d}": town for town in TOWNS for item in range(items)},
    )
