"""
Items lie on a ring that people walk forward, and each has a partner that is bought with it.

After an item comes the next one of the ring; into a basket with it goes its partner, on the other
side of the ring, which nobody ever looks at beside it.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from .interaction import START

VIEWS = 4


class Deed(NamedTuple):
    """Who did what when, in which session, as `Interaction` with a session."""

    session_id: str
    user_id: str
    item_id: str
    kind: str
    occurred_at: datetime


def item(number: int, items: int = 40) -> str:
    return f"item-{number % items:03d}"


def partner(number: int, items: int = 40) -> str:
    return item(number + items // 2, items)


def paths_and_pairs(
    visits: int = 1_000, users: int = 150, items: int = 40, *, seed: int = 1, buying: bool = True
) -> list[Deed]:
    """Visits spread evenly over 30 days: four steps forward on the ring, then a pair is bought."""
    rng = np.random.default_rng(seed)
    deeds = []
    for visit in range(visits):
        who, start, bought = rng.integers(users), rng.integers(items), rng.integers(items)
        done = [("view", item(start + step, items)) for step in range(VIEWS)]
        if buying:
            done += [("purchase", item(bought, items)), ("purchase", partner(bought, items))]
        began = START + timedelta(days=30) * visit / visits
        deeds += [
            Deed(f"visit-{visit}", f"user-{who:03d}", what, kind, began + timedelta(seconds=step))
            for step, (kind, what) in enumerate(done)
        ]
    return deeds
