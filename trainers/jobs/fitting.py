"""
The steps `fit:<slot>`: one recipe, fitted on what lies before the split, saved where it will be
served from.

Popularity is a count, not a model that could learn the answers by heart: what is served counts to
the end of the log, and what the other slots must beat counts to the split.
"""

from dataclasses import replace
from typing import Any

from recommender_models.item_vectors import ItemVectors
from recommender_models.popularity import PopularRanking
from recommender_models.protocol import Model
from recommender_store.artifacts.manifest import SlotName
from trainers.datasets.interactions import to_datetime
from trainers.recipes.blend import BlendParameters
from trainers.recipes.device import FITTED_THERE, ON_GPU
from trainers.recipes.protocol import Parameters, TrainingData
from trainers.recipes.table import SEARCH, parameters_of

from .bundling import Fitted
from .enough import too_thin
from .searching import chosen, searched
from .training import COUNTED, Training
from .warm_start import beginning


def fit(training: Training, slot: SlotName) -> dict[str, Any]:
    """Fit the slot's recipe and leave its files in the bundle; or say why it stays empty."""
    name, given, was_searched = chosen(training, slot)
    why_not = too_thin(training, slot)
    if why_not is not None:
        return {"recipe": name, "left_empty": why_not}
    data = training_data(training, to_the_end=slot in COUNTED)
    if name == SEARCH:
        found = searched(training, data)
        found.model.save(training.bench.bundle / slot)
        fitted = Fitted("blend", found.model.KIND, found.parameters, data.until_us, was_searched)
        return _told(training, slot, fitted) | {"trials": found.trials}
    parameters = parameters_of(name, given)
    recipe = training.engine.recipe_named(name)
    progress, purpose = training.report.progress, f"fit:{slot}"
    if slot == "popular":
        before_split = training_data(training)
        baseline = recipe.fit(before_split, parameters, progress, training.rng(purpose))
        baseline.save(training.bench.baseline)
    begun = beginning(training, slot, name, parameters)
    data = replace(data, starts=begun.starts)
    model = recipe.fit(data, parameters, progress, training.rng(purpose))
    if slot == "trending" and isinstance(model, PopularRanking) and not len(model):
        return {"recipe": name, "left_empty": "nothing is trending beyond chance"}
    model.save(training.bench.bundle / slot)
    fitted = Fitted(
        name,
        model.KIND,
        parameters.model_dump(),
        data.until_us,
        was_searched,
        begun.warm_starts,
    )
    return _told(training, slot, fitted) | begun.told | _how(name, parameters, model)


def _how(name: str, parameters: Parameters, model: Model) -> dict[str, Any]:
    """The index that was chosen; where a graphics card fitted, that no two fits agree."""
    told = {"index": model.index.kind} if isinstance(model, ItemVectors) else {}
    parts = parameters.parts if isinstance(parameters, BlendParameters) else ()
    if ON_GPU and FITTED_THERE & {name, *(part.recipe for part in parts)}:
        return told | {"fitted_on": "gpu", "is_reproducible": False}
    return told


def _told(training: Training, slot: SlotName, fitted: Fitted) -> dict[str, Any]:
    """Leave word of it for the next steps, and for the record."""
    training.bench.write(f"fitted/{slot}", fitted)
    return {
        "recipe": fitted.recipe,
        "parameters": fitted.parameters,
        "data_until": to_datetime(fitted.data_until_us).isoformat(),
    }


def training_data(training: Training, *, to_the_end: bool = False) -> TrainingData:
    """What the recipes of this run are fitted on: the log up to the split, or all of it."""
    taken, split = training.snapshot, training.split
    events = taken.interactions if to_the_end else split.train
    return TrainingData(
        matrix=training.matrix_of(events) if to_the_end else training.learned,
        user_count=len(taken.users),
        interactions=events,
        until_us=taken.statistics.until_us if to_the_end else split.at_us,
        descriptions=taken.descriptions,
        owners=lambda: training.owners,
        threads=training.options.threads,
        least_recall=training.settings.gate.minimum_index_recall,
    )
