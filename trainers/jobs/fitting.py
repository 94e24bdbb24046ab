"""
The steps `fit:<slot>`: one recipe, fitted on what lies before the split, saved where it will be served from.
"""

from typing import Any

from recommender_store.artifacts.manifest import SlotName
from trainers.datasets.interactions import to_datetime
from trainers.recipes.protocol import TrainingData
from trainers.recipes.table import parameters_of, recipe_named

from .bundling import Fitted
from .training import Training


def fit(training: Training, slot: SlotName) -> dict[str, Any]:
    """Fit the slot's recipe and leave its files in the bundle."""
    name = training.recipes[slot]
    given: dict[str, Any] = {}
    if slot == "popular":
        given["half_life_days"] = training.settings.training.popularity_half_life_days
    parameters = parameters_of(name, given)
    model = recipe_named(name).fit(
        training_data(training),
        parameters,
        training.report.progress,
        training.rng(f"fit:{slot}"),
    )
    model.save(training.bench.bundle / slot)
    fitted = Fitted(
        recipe=name,
        kind=model.KIND,
        parameters=parameters.model_dump(),
        data_until_us=training.split.at_us,
    )
    training.bench.write(f"fitted/{slot}", fitted)
    return {
        "recipe": name,
        "parameters": fitted.parameters,
        "data_until": to_datetime(fitted.data_until_us).isoformat(),
    }


def training_data(training: Training) -> TrainingData:
    """What every recipe of this run is fitted on."""
    train = training.split.train
    return TrainingData(
        matrix=train.matrix(training.snapshot.shape, training.age_half_life_days),
        user_count=len(training.snapshot.users),
        interactions=train,
        until_us=training.split.at_us,
    )
