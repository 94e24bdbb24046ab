"""
Popularity: how many people did something with an item, the recent ones counting more.
"""

from typing import ClassVar

import numpy as np
from pydantic import Field

from recommender_models.popularity import PopularRanking
from recommender_store.artifacts.manifest import SlotName
from trainers.datasets.distinct import distinct_rows
from trainers.datasets.interactions import US_PER_DAY, Interactions
from trainers.datasets.ordering import begins, stable_order

from .protocol import Parameters, Progress, TrainingData


class PopularityParameters(Parameters):
    """Each person counts once an item, by the age of the last event."""

    half_life_days: float = Field(default=30.0, gt=0)
    window_days: float | None = Field(default=None, gt=0)
    """Older events count nothing; None: all count."""


class Popularity:
    """Fits `PopularRanking`."""

    name: ClassVar[str] = "popularity"
    slots: ClassVar[tuple[SlotName, ...]] = ("popular",)
    parameters: ClassVar[type[Parameters]] = PopularityParameters

    def fit(
        self,
        data: TrainingData,
        parameters: PopularityParameters,
        progress: Progress,
        rng: np.random.Generator,  # noqa: ARG002 - nothing here is left to chance
    ) -> PopularRanking:
        ranking = rank_by_popularity(
            data.interactions, data.until_us, parameters.half_life_days, parameters.window_days
        )
        progress(1, 1)
        return ranking


def rank_by_popularity(
    interactions: Interactions,
    until_us: int,
    half_life_days: float,
    window_days: float | None = None,
) -> PopularRanking:
    """Items with at least one positive event in the window, most popular first, ties by row."""
    said = interactions.positive
    if window_days is not None:
        said = said.where(said.at_us >= until_us - window_days * US_PER_DAY)
    # The last event of each pair: events are in order of time, and the order is kept.
    pairs = said.actor.astype(np.int64) * (int(said.item.max(initial=0)) + 1) + said.item
    order = stable_order(pairs)
    last = order[np.roll(begins(pairs[order]), -1)]
    age_days = (until_us - said.at_us[last]) / US_PER_DAY
    counts = np.bincount(said.item[last], weights=0.5 ** (age_days / half_life_days))
    rows = distinct_rows(said.item)
    ranked = rows[np.lexsort((rows, -counts[rows]))].astype(np.int32)
    return PopularRanking(ranked, counts[ranked].astype(np.float32))
