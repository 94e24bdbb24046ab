"""
What sources found, as one list of candidates: a tier is one source, or several mixed by weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender_api.rules.placements import Placement
from recommender_models.ordering import best
from recommender_models.protocol import NOTHING, Ranked

from .question import Question
from .sources import EVERYTHING, SOURCES, Found, widths

FALLBACK = ("popular", "newest")


class Tier(NamedTuple):
    """Sources that answer together; the next tier is asked where these are short."""

    sources: tuple[str, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Gathered:
    """The candidates of a tier, the best first."""

    tier: Tier
    found: list[Found]
    """What each source gave."""
    ranked: Ranked
    origins: NDArray[np.intp] | None
    """Which source each is owed to most; None: there is but one."""
    is_cut: bool
    """Whether any source has more."""

    def origins_of(self, places: NDArray[np.intp]) -> list[tuple[str, str]]:
        """Source and reason of each of some candidates."""
        told = [
            (source, found.reason)
            for source, found in zip(self.tier.sources, self.found, strict=True)
        ]
        if self.origins is None:
            return told * len(places)
        return [told[at] for at in self.origins[places].tolist()]


def tiers(question: Question) -> Sequence[Tier]:
    """The placement's own, and what completes them."""
    return _tiers(
        question.placement,
        question.history.stored_row < 0,
        question.is_filled,
        question.loaded.popular_by is not None,
    )


@lru_cache(maxsize=4096)
def _tiers(
    placement: Placement,
    is_stranger: bool,  # noqa: FBT001 - remembered by place
    is_filled: bool,  # noqa: FBT001
    has_values: bool,  # noqa: FBT001
) -> Sequence[Tier]:
    own = list(placement.sources)
    if placement.weights:
        first = [Tier(placement.sources, placement.weights)]
    else:
        if "personal" in own and is_stranger:
            # A model of users was measured on users; of a stranger one visit is all that is known,
            # and what was measured on visits answers first.
            own.sort(key=lambda source: source != "next_items")
        first = [_alone(source) for source in own]
    if placement.is_history or not is_filled:
        return first
    by_value = ["popular_alike"] if has_values else []
    return [*first, *(_alone(source) for source in (*by_value, *FALLBACK) if source not in own)]


def steps(tier: Tier, first: int) -> list[int]:
    """How many candidates to ask a tier for, one time after the other, until they suffice."""
    return list(widths(tier.sources[0], first)) if len(tier.sources) == 1 else [first, EVERYTHING]


def gathered(tier: Tier, question: Question, wanted: int, *, is_last: bool) -> Gathered:
    """Ask every source of a tier for so many; what is asked for at last is all that there is."""
    found = [SOURCES[source](question, wanted) for source in tier.sources]
    is_cut = not is_last and any(len(one.ranked.rows) == wanted for one in found)
    if len(found) == 1:
        return Gathered(tier, found, found[0].ranked, None, is_cut)
    ranked, origins = mixed([one.ranked for one in found], tier.weights)
    return Gathered(tier, found, ranked, origins, is_cut)


def mixed(parts: Sequence[Ranked], weights: Sequence[float]) -> tuple[Ranked, NDArray[np.intp]]:
    """
    Several rankings as one, and to which of them each row is owed most.

    A score counts as a share of its source's best, times the source's weight; what several sources
    give has the sum. A score below zero counts nothing.
    """
    shares = [
        _shares(part, weight / sum(weights)) for part, weight in zip(parts, weights, strict=True)
    ]
    rows = np.concatenate([part.rows for part in parts])
    if not len(rows):
        return NOTHING, np.empty(0, np.intp)
    every = np.concatenate(shares)
    part_of = np.repeat(np.arange(len(parts)), [len(part.rows) for part in parts])
    once, where = np.unique(rows, return_inverse=True)
    sums = np.bincount(where, weights=every, minlength=len(once)).astype(np.float32)
    origins = np.zeros(len(once), np.intp)
    by_share = np.lexsort((-part_of, every))  # the last that is written stays: the greatest share
    origins[where[by_share]] = part_of[by_share]
    ranked = best(once, sums, len(once))
    return ranked, origins[np.searchsorted(once, ranked.rows)]


def _alone(source: str) -> Tier:
    return Tier((source,), (1.0,))


def _shares(part: Ranked, weight: float) -> NDArray[np.float64]:
    scores = np.nan_to_num(part.scores.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    most = scores.max() if len(scores) else 0.0
    return np.maximum(scores, 0.0) * (weight / most) if most > 0 else np.zeros(len(scores))
