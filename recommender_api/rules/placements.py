"""
Placements: which sources a request is answered from, in order or mixed, and what it leaves open.

The built-in ones are every tenant's; a tenant's record overrides one, or makes another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from recommender_api.errors import PlacementUnknown
from recommender_store.policies.placement import PlacementRecord, PlacementSettings

HISTORY_SOURCES = frozenset({"recently_viewed", "buy_again"})
SEEDED_SOURCES = frozenset({"neighbours", "bought_together", "described_alike"})
"""Those that begin at an item."""


@dataclass(frozen=True)
class Placement:
    """A place on a page."""

    id: str
    sources: tuple[str, ...]
    """Names of `sources.SOURCES`, best first; `popular` and `newest` follow by themselves."""
    weights: tuple[float, ...] = ()
    """Beside the sources where they are mixed; none where each completes the one before."""
    exclude_seen: bool | tuple[str, ...] = False
    limit: int = 10
    filter: str | None = None
    diversity: float = 0.0
    when_short: Literal["fill", "fewer"] = "fill"
    note: str = ""

    @cached_property
    def is_history(self) -> bool:
        """Made of the user's own past: nothing is filled in that was not there."""
        return HISTORY_SOURCES.issuperset(self.sources)

    def document(self) -> dict[str, Any]:
        """As a record would say it."""
        record = PlacementRecord(
            id=self.id,
            sources=dict(zip(self.sources, self.weights, strict=True))
            if self.weights
            else self.sources,
            exclude_seen=self.exclude_seen,
            limit=self.limit,
            filter=self.filter,
            diversity=self.diversity,
            when_short=self.when_short,
            note=self.note,
        )
        return record.model_dump(mode="json")


BUILT_IN = {
    one.id: one
    for one in (
        Placement("similar", ("neighbours", "described_alike")),
        Placement("bought_together", ("bought_together", "neighbours")),
        Placement("for_you", ("personal", "next_items", "session"), exclude_seen=True),
        Placement("basket", ("bought_together", "neighbours", "next_items", "session")),
        Placement("popular", ("popular",)),
        Placement("trending", ("trending",)),
        Placement("newest", ("newest",)),
        Placement("recently_viewed", ("recently_viewed",)),
        Placement("buy_again", ("buy_again",)),
    )
}
UNSAID = Placement("", ("neighbours", "described_alike", "personal", "next_items", "session"))
"""What a new placement is made of where its record does not say: the seed item, then the user."""


def placements_of(records: Mapping[str, PlacementRecord]) -> dict[str, Placement]:
    """Every placement of a tenant, by id: the built-in ones, and what its records make of them."""
    own = {
        one: told_otherwise(BUILT_IN.get(one, UNSAID), record) for one, record in records.items()
    }
    return {**BUILT_IN, **own}


def told_otherwise(before: Placement, settings: PlacementSettings) -> Placement:
    """A placement with what a record, or a variant, has different."""
    said = {name: getattr(settings, name) for name in settings.model_fields_set}
    told: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    sources = told.get("sources")
    if isinstance(sources, dict):
        told |= {"sources": tuple(sources), "weights": tuple(sources.values())}
    elif sources is not None:
        told["weights"] = ()
    return replace(before, **told)


def placement_named(placements: Mapping[str, Placement], name: str) -> Placement:
    """
    Raises:
        PlacementUnknown: names those that exist.
    """
    found = placements.get(name)
    if found is None:
        raise PlacementUnknown(name, list(placements))
    return found
