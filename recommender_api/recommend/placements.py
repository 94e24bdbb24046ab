"""
The built-in placements: which sources a request is answered from, in which order.

Every tenant has them; what a request leaves open, its placement decides.
"""

from dataclasses import dataclass

from recommender_api.errors import PlacementUnknown


@dataclass(frozen=True)
class Placement:
    """A place on a page."""

    id: str
    sources: tuple[str, ...]
    """Names of `sources.SOURCES`, best first; `popular` and `newest` follow by themselves."""
    excludes_seen: bool = False
    is_history: bool = False
    """Made of the user's own past: nothing is filled in that was not there."""


PLACEMENTS = {
    one.id: one
    for one in (
        Placement("similar", ("neighbours", "described_alike")),
        Placement("bought_together", ("bought_together", "neighbours")),
        Placement("for_you", ("personal", "next_items", "session"), excludes_seen=True),
        Placement("basket", ("bought_together", "neighbours", "next_items", "session")),
        Placement("popular", ("popular",)),
        Placement("trending", ("trending",)),
        Placement("newest", ("newest",)),
        Placement("recently_viewed", ("recently_viewed",), is_history=True),
        Placement("buy_again", ("buy_again",), is_history=True),
    )
}


def placement_named(name: str) -> Placement:
    """
    Raises:
        PlacementUnknown: names those that exist.
    """
    found = PLACEMENTS.get(name)
    if found is None:
        raise PlacementUnknown(name, list(PLACEMENTS))
    return found
