"""
Whether log and catalog hold enough for the slots that a tenant need not have. Pure.

Where they do not, nothing is wrong with the run: the slot is not filled, and something else answers
in its place.
"""

from recommender_store.artifacts.manifest import SlotName
from trainers.datasets.descriptions import described
from trainers.datasets.interactions import US_PER_DAY, Interactions
from trainers.datasets.snapshot import Statistics
from trainers.datasets.visits import baskets, count_of_several, purchases, sessions
from trainers.recipes.trending import TrendingParameters

from .training import Training

ENOUGH = 100
"""Baskets or sessions with something to learn from: with fewer, nothing meets twice by rule."""

ENOUGH_DESCRIBED = 2
"""Items with a description; one alone is like nothing."""

_GROUPS: dict[SlotName, str] = {"bought_together": "baskets", "next": "sessions"}


def too_thin(training: Training, slot: SlotName) -> str | None:
    """Why the slot stays empty; None where there is enough for it."""
    if slot == "content":
        return _too_little_said(len(described(training.snapshot.descriptions)))
    if slot == "trending":
        return _too_short(training.snapshot.statistics)
    if slot not in _GROUPS:
        return None
    split, needed = training.split, training.settings.gate.minimum_test_users
    learned, asked = _count(split.train, slot), _count(split.test, slot)
    if learned < ENOUGH:
        return _too_few(f"the log holds {learned}", slot, ENOUGH)
    if asked < needed:
        return _too_few(f"the test period holds {asked}", slot, needed)
    return None


def _count(interactions: Interactions, slot: SlotName) -> int:
    """Baskets or sessions of several items."""
    if slot == "bought_together":
        bought = purchases(interactions)
        return count_of_several(baskets(bought), bought.item)
    said = interactions.positive
    return count_of_several(sessions(said), said.item)


def _too_few(holds: str, slot: SlotName, needed: int) -> str:
    return (
        f"{holds} {_GROUPS[slot]} of two or more items, {needed} are needed: the slot is not "
        "filled, similar items answer in its place"
    )


def _too_short(statistics: Statistics) -> str | None:
    days = (statistics.until_us - statistics.since_us) / US_PER_DAY
    needed = 2 * TrendingParameters().recent_days
    if days >= needed:
        return None
    return (
        f"the log goes back {days:.1f} days, {needed:g} are needed to hold an item against its own "
        "past: the slot is not filled, what is popular answers in its place"
    )


def _too_little_said(count: int) -> str | None:
    if count >= ENOUGH_DESCRIBED:
        return None
    return (
        f"the catalog tells titles or attributes of {count} items, {ENOUGH_DESCRIBED} are needed: "
        "the slot is not filled, items without neighbours are answered with what is popular"
    )
