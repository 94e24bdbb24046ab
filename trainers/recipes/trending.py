"""
Trending: items that more people come to than their own past foretells, beyond chance.

Counts of people in the last days are held against those of the weeks before, scaled by how much the
whole log grew: a busy week makes no trend, and what is always popular is none. Counts are compared
by their square roots, where chance is as large for great ones as for small (Anscombe, "The
transformation of Poisson, binomial and negative-binomial data", Biometrika 1948).
"""

from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recommender_models.popularity import PopularRanking
from recommender_store.artifacts.manifest import SlotName
from trainers.datasets.distinct import distinct_keys
from trainers.datasets.interactions import US_PER_DAY, Interactions

from .protocol import Parameters, Progress, TrainingData


class TrendingParameters(Parameters):
    """What now is, what the past is, and how sure one wants to be."""

    recent_days: Annotated[float, Field(ge=0.25, le=90)] = 7.0
    """Up to the newest event; whole weeks, where weekdays differ."""
    past_days: Annotated[float, Field(ge=1, le=365)] = 28.0
    """Before the recent days, as far as the log goes back."""
    minimum_people: Annotated[int, Field(ge=1)] = 5
    """Of the recent days: three friends are no trend."""
    minimum_rise: Annotated[float, Field(gt=0, le=100)] = 3.0
    """In standard deviations; by chance 3 is reached by one item in a thousand."""


class Trending:
    """Fits `PopularRanking` of what rises; perhaps of nothing."""

    name: ClassVar[str] = "trending"
    slots: ClassVar[tuple[SlotName, ...]] = ("trending",)
    parameters: ClassVar[type[Parameters]] = TrendingParameters

    def fit(
        self,
        data: TrainingData,
        parameters: TrendingParameters,
        progress: Progress,
        rng: np.random.Generator,  # noqa: ARG002 - nothing here is left to chance
    ) -> PopularRanking:
        """Scores are the rise in standard deviations, greatest first, ties by row."""
        said, count = data.interactions.positive, data.matrix.shape[1]
        recent_us = data.until_us - int(parameters.recent_days * US_PER_DAY)
        past_us = recent_us - int(parameters.past_days * US_PER_DAY)
        now = _people(said.where(said.at_us >= recent_us), count)
        then = _people(said.where((said.at_us >= past_us) & (said.at_us < recent_us)), count)
        rise = rises(now, then)
        rows = np.flatnonzero(
            (now >= parameters.minimum_people) & (rise >= parameters.minimum_rise)
        )
        ranked = rows[np.lexsort((rows, -rise[rows]))].astype(np.int32)
        progress(1, 1)
        return PopularRanking(ranked, rise[ranked].astype(np.float32))


def rises(now: NDArray[np.int64], then: NDArray[np.int64]) -> NDArray[np.float64]:
    """
    By how many standard deviations each count of now stands above what those of then foretell.

    All 0 where nothing was then: no item has a past to rise against.
    """
    if not then.sum():
        return np.zeros(len(now))
    growth = now.sum() / then.sum()
    above = 2 * (np.sqrt(now + 3 / 8) - np.sqrt(growth * then + 3 / 8))
    # Chance moved the past, too, the less the longer it is.
    deviations: NDArray[np.float64] = above / np.sqrt(1 + growth)
    return deviations


def _people(said: Interactions, item_count: int) -> NDArray[np.int64]:
    """How many different people did something with each item."""
    pairs = distinct_keys(said.actor.astype(np.int64) * item_count + said.item)
    return np.bincount(pairs % max(item_count, 1), minlength=item_count)
