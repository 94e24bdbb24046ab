"""
Whether a dataset is a basis for a model at all. Pure; each refusal names its reason and the way on.
"""

from trainers.errors import DataRefused

from .interactions import US_PER_MS
from .snapshot import Statistics


def check(statistics: Statistics, minimum_interactions: int) -> None:
    """
    Raises:
        DataRefused: with the first reason found (one_user, one_item, one_moment, constant_user,
            too_few_interactions).
    """
    actors = statistics.users + statistics.sessions_without_user
    if actors <= 1:
        raise DataRefused(
            reason="one_user",
            sentence=f"all {statistics.events} events are of one user: check which field holds the "
            "user's id (a constant or an application's own id is the usual mistake)",
        )
    if statistics.items <= 1:
        raise DataRefused(
            reason="one_item",
            sentence=f"all {statistics.events} events are of one item: check which field holds the "
            "item's id",
        )
    if statistics.until_us - statistics.since_us <= US_PER_MS:
        raise DataRefused(
            reason="one_moment",
            sentence=f"all {statistics.events} events happened at the same moment, so there is no "
            "later one to test on: check which field holds the time of an event",
        )
    if statistics.busiest_user_share > 0.5 and statistics.events >= 100:
        raise DataRefused(
            reason="constant_user",
            sentence=f"one user makes {statistics.busiest_user_share:.0%} of all events: it looks "
            "like a default id or a bot; leave it out, or send the real ids",
        )
    if statistics.pairs < minimum_interactions:
        raise DataRefused(
            reason="too_few_interactions",
            sentence=f"{statistics.pairs} user-item pairs are too few for a model, at least "
            f"{minimum_interactions} are needed: collect more events (popular and newest items are "
            "served meanwhile)",
        )
