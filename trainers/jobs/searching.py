"""
The recipe `search` of a run: what the step `fit:for_you` does where the platform is to choose, and
what later trainings make of it.

A search sees nothing behind the split. Its journal lies in the store beside the run's files, so
that the process that goes on after a kill begins no trial anew. What it chose is a blend with its
parameters; once that is live, trainings fit it again, until somebody asks for something else.
"""

from contextlib import suppress
from typing import Any, NamedTuple

from recommender_store.artifacts.errors import ArtifactCorrupt, ArtifactMissing
from recommender_store.artifacts.manifest import SlotName, SlotRecord
from recommender_store.tenants.settings import TrainingSettings
from trainers.recipes.protocol import TrainingData
from trainers.recipes.table import SEARCH, choose
from trainers.tuning.search import Found, search
from trainers.tuning.under_way import SearchParameters

from .training import Training

JOURNAL = "search.journal"


class Choice(NamedTuple):
    """What is to be fitted."""

    recipe: str
    parameters: dict[str, Any]
    was_searched: bool
    """A search chose it, in an earlier training."""


def chosen(training: Training, slot: SlotName) -> Choice:
    """What somebody asked for, else what a search found that is live, else the default."""
    asked = choose(list(training.options.recipes), {})
    live = None if slot in asked else _live(training, slot)
    if live is not None and live.was_searched:
        return Choice(live.recipe, live.parameters, was_searched=True)
    given = popularity_of(training.settings.training) if slot == "popular" else {}
    return Choice(training.recipes[slot], given, training.recipes[slot] == SEARCH)


def popularity_of(asked: TrainingSettings) -> dict[str, Any]:
    """What the tenant's settings say of popularity, as its recipe's parameters."""
    return {
        "half_life_days": asked.popularity_half_life_days,
        "window_days": asked.popularity_window_days,
    }


def _live(training: Training, slot: SlotName) -> SlotRecord | None:
    version = training.current().version
    with suppress(ArtifactCorrupt, ArtifactMissing):  # what is damaged is told when it is measured
        return training.space.models.manifest(version).slots.get(slot) if version else None
    return None


def searched(training: Training, data: TrainingData) -> Found:
    """Search within the tenant's budget, or go on with a search of this run that was cut off."""
    bench, limit_s = training.bench, training.settings.training.search_cpu_s
    limits = SearchParameters(budget_s=limit_s, journal=bench.bring_aside(JOURNAL))

    def told(_: str) -> None:
        bench.keep_aside(JOURNAL)

    return search(data, limits, training.rng(SEARCH), told)
