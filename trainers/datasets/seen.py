"""
What each user did up to a moment, as the bundle keeps it: one sparse row a user. Pure.
"""

import numpy as np

from recommender_models.seen import SeenItems

from .interactions import US_PER_DAY, Interactions
from .ordering import begins, stable_order


def seen_items(
    interactions: Interactions, user_count: int, item_count: int, half_life_days: float
) -> SeenItems:
    """
    All kinds of events of the users (not of anonymous sessions), items in order of row.

    Weights are summed with the same decay as the matrix that models are fitted on.
    """
    known = interactions.where(interactions.actor < user_count)
    keys = known.actor.astype(np.int64) * item_count + known.item
    age_days = (interactions.at_us[-1] - known.at_us) / US_PER_DAY if len(known) else known.at_us
    weights = known.weight * 0.5 ** (age_days / half_life_days)
    order = stable_order(keys)
    keys = keys[order]
    starts = np.flatnonzero(begins(keys))
    pairs, empty = keys[starts], not len(starts)
    summed = weights[:0] if empty else np.add.reduceat(weights[order], starts)
    kinds = known.kind[:0] if empty else np.bitwise_or.reduceat(known.kind[order], starts)
    return SeenItems(
        np.searchsorted(pairs, np.arange(user_count + 1, dtype=np.int64) * item_count),
        (pairs % max(item_count, 1)).astype(np.int32),
        summed.astype(np.float32),
        kinds.astype(np.uint8),
    )
