"""
A long tail: a few items are everybody's, most are seldom touched, and tastes run through it.

Popularity follows Zipf's law within each taste, and a user keeps to one taste nine times in
ten. A model that knows the tastes beats popularity; one that does not cannot.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .interaction import Interaction, stamp

SHARE_TO_TASTE = 0.9


class LongTail(NamedTuple):
    """The log, and the taste of each user and of each item: the right answer."""

    interactions: list[Interaction]
    taste_of_user: dict[str, int]
    taste_of_item: dict[str, int]


def long_tail(
    users: int = 300, items: int = 200, events: int = 10_000, seed: int = 1, *, tastes: int = 8
) -> LongTail:
    """
    Return a log of that many interactions, spread over 30 days; pairs may repeat.

    User and item n have taste n modulo `tastes`; within a taste, lower numbers are more popular.
    """
    rng = np.random.default_rng(seed)
    who = rng.integers(users, size=events)
    to_taste = rng.random(events) < SHARE_TO_TASTE
    taste = np.where(to_taste, who % tastes, rng.integers(tastes, size=events))
    what = _items_of(taste, items, tastes, rng)
    pairs = [(f"user-{user:06d}", f"item-{item:06d}") for user, item in zip(who, what, strict=True)]
    return LongTail(
        interactions=stamp(pairs, "view", days=30),
        taste_of_user={f"user-{user:06d}": user % tastes for user in range(users)},
        taste_of_item={f"item-{item:06d}": item % tastes for item in range(items)},
    )


def _items_of(
    taste: NDArray[np.int64], items: int, tastes: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw an item of each taste by Zipf's law over the ranks within it."""
    if items < tastes:
        raise ValueError(f"{tastes} tastes need at least as many items, not {items}.")
    what = np.empty(len(taste), dtype=np.int64)
    for each in range(tastes):
        of_taste = np.arange(each, items, tastes)
        weight = 1.0 / np.arange(1, len(of_taste) + 1)
        chosen = taste == each
        what[chosen] = rng.choice(of_taste, int(chosen.sum()), p=weight / weight.sum())
    return what
