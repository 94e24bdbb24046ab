"""
How wide the answers range: how much of the catalog they reach, how often there is none. Pure.
"""

from collections.abc import Sequence

import numpy as np

from recommender_models.protocol import Ranked


def distinct_items(answers: Sequence[Ranked], k: int) -> int:
    """How many different items stand in the first k of all answers."""
    shown = [answer.rows[:k] for answer in answers if len(answer.rows)]
    return len(np.unique(np.concatenate(shown))) if shown else 0


def catalog_coverage(answers: Sequence[Ranked], k: int, item_count: int) -> float:
    """Share of the items that somebody was shown."""
    return distinct_items(answers, k) / max(item_count, 1)


def reachable_coverage(answers: Sequence[Ranked], k: int, item_count: int) -> float:
    """The same, of what so many answers of k items could have reached at the most."""
    return distinct_items(answers, k) / max(min(item_count, k * len(answers)), 1)


def empty_share(answers: Sequence[Ranked]) -> float:
    """Share of the queries without any answer."""
    return sum(not len(answer.rows) for answer in answers) / max(len(answers), 1)
