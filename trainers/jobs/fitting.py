"""
The steps `fit:<slot>`: one recipe, fitted on what lies before the split, saved where it will be
served from.

Popularity is a count, not a model that could learn the answers by heart: what is served counts to
the end of the log, and what the other slots must beat counts to the split.
"""

from typing import Any

from recommender_models.popularity import PopularRanking
from recommender_store.artifacts.manifest import SlotName
from trainers.datasets.descriptions import described
from trainers.datasets.interactions import US_PER_DAY, to_datetime
from trainers.datasets.snapshot import Statistics
from trainers.datasets.visits import baskets, count_of_several, purchases, sessions
from trainers.recipes.protocol import TrainingData
from trainers.recipes.table import SEARCH, parameters_of, recipe_named
from trainers.recipes.trending import TrendingParameters

from .bundling import Fitted
from .searching import chosen, searched
from .training import COUNTED, Training

ENOUGH = 100
"""Baskets or sessions with something to learn from: with fewer, nothing meets twice by rule."""

ENOUGH_DESCRIBED = 2
"""Items with a description; one alone is like nothing."""


def fit(training: Training, slot: SlotName) -> dict[str, Any]:
    """Fit the slot's recipe and leave its files in the bundle; or say why it stays empty."""
    name, given, was_searched = chosen(training, slot)
    too_thin = _too_thin(training, slot)
    if too_thin is not None:
        return {"recipe": name, "left_empty": too_thin}
    data = training_data(training, to_the_end=slot in COUNTED)
    if name == SEARCH:
        found = searched(training, data)
        found.model.save(training.bench.bundle / slot)
        fitted = Fitted("blend", found.model.KIND, found.parameters, data.until_us, was_searched)
        return _told(training, slot, fitted) | {"trials": found.trials}
    parameters = parameters_of(name, given)
    recipe = recipe_named(name)
    progress, purpose = training.report.progress, f"fit:{slot}"
    if slot == "popular":
        before_split = training_data(training)
        baseline = recipe.fit(before_split, parameters, progress, training.rng(purpose))
        baseline.save(training.bench.baseline)
    model = recipe.fit(data, parameters, progress, training.rng(purpose))
    if slot == "trending" and isinstance(model, PopularRanking) and not len(model):
        return {"recipe": name, "left_empty": "nothing is trending beyond chance"}
    model.save(training.bench.bundle / slot)
    fitted = Fitted(name, model.KIND, parameters.model_dump(), data.until_us, was_searched)
    return _told(training, slot, fitted)


def _told(training: Training, slot: SlotName, fitted: Fitted) -> dict[str, Any]:
    """Leave word of it for the next steps, and for the record."""
    training.bench.write(f"fitted/{slot}", fitted)
    return {
        "recipe": fitted.recipe,
        "parameters": fitted.parameters,
        "data_until": to_datetime(fitted.data_until_us).isoformat(),
    }


def _too_thin(training: Training, slot: SlotName) -> str | None:
    """Why log or catalog do not suffice for the slot; nothing is wrong with the run then."""
    if slot == "content":
        return _too_little_said(len(described(training.snapshot.descriptions)))
    if slot == "trending":
        return _too_short(training.snapshot.statistics)
    learned = training.split.train
    if slot == "bought_together":
        bought = purchases(learned)
        count, of = count_of_several(baskets(bought), bought.item), "baskets"
    elif slot == "next":
        said = learned.positive
        count, of = count_of_several(sessions(said), said.item), "sessions"
    else:
        return None
    if count >= ENOUGH:
        return None
    return (
        f"the log holds {count} {of} of two or more items, {ENOUGH} are needed: the slot is not "
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


def training_data(training: Training, *, to_the_end: bool = False) -> TrainingData:
    """What the recipes of this run are fitted on: the log up to the split, or all of it."""
    taken, split = training.snapshot, training.split
    events = taken.interactions if to_the_end else split.train
    return TrainingData(
        matrix=events.matrix(taken.shape, training.age_half_life_days),
        user_count=len(taken.users),
        interactions=events,
        until_us=taken.statistics.until_us if to_the_end else split.at_us,
        descriptions=taken.descriptions,
        threads=training.options.threads,
    )
