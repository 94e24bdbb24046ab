"""
Where a fit goes on from: the factors of the live slot, joined by items' ids and the tenant's keyed
digests of users, or nothing.

From nothing, with a sentence why, wherever the live model is no honest beginning: other parameters,
another recipe, items that hardly meet, a past that reaches into the test period, a user who was
erased since, or too many warm starts in a row, since what each loses would add up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from recommender_models.blend import part_folder
from recommender_store.artifacts.arrays import map_array
from recommender_store.artifacts.known_users import DIGESTS, PLAIN, rows_of
from recommender_store.artifacts.manifest import SlotName
from recommender_store.artifacts.user_rows import FACTORS
from trainers.datasets.interactions import to_datetime
from trainers.recipes.als import Als
from trainers.recipes.blend import Blended, BlendParameters
from trainers.recipes.protocol import Parameters, Start

from .bundling import rows_elsewhere
from .training import LiveBundle, Training

MINIMUM_KNOWN = 0.5
"""Of the items with a past: with fewer of them known, there is little to go on from."""


@dataclass(frozen=True)
class Beginning:
    """What a recipe is given to begin with, and what the run's record says of it."""

    told: dict[str, Any] = field(default_factory=dict)
    starts: Mapping[str, Start] = field(default_factory=dict)
    warm_starts: int = 0
    """In a row, this one among them."""


def beginning(training: Training, slot: SlotName, recipe: str, parameters: Parameters) -> Beginning:
    """Of the fit of one slot; nothing is said of recipes that never go on from anything."""
    folders = _folders(recipe, parameters)
    if not folders:
        return Beginning()
    why_not = _not_worth_it(training)
    if why_not is not None:
        return _cold(why_not)
    current = training.current()
    live, fault = training.opened(current)
    if live is None or slot not in live.bundle.manifest.slots:
        return _cold(fault or "no model is live in the slot")
    why_not = _not_alike(live, slot, recipe, parameters) or _not_sound(training, slot, live)
    if why_not is not None:
        return _cold(why_not)
    starts = {folder: _start(training, slot, live, folder) for folder in folders}
    known = _known_share(training, starts)
    if known < MINIMUM_KNOWN:
        return _cold(f"the live model knows only {known:.0%} of the items with a past")
    in_a_row = live.bundle.manifest.slots[slot].warm_starts + 1
    told = {"version": current.version, "in_a_row": in_a_row, "items_known": round(known, 4)}
    return Beginning({"warm_start": told}, starts, in_a_row)


def _folders(recipe: str, parameters: Parameters) -> list[str]:
    """Those of the model's files that hold factors to go on from."""
    if recipe == Als.name:
        return [""]
    if recipe == Blended.name and isinstance(parameters, BlendParameters):
        parts = enumerate(parameters.parts)
        return [part_folder(number) for number, part in parts if part.recipe == Als.name]
    return []


def _cold(why: str) -> Beginning:
    return Beginning({"cold_start": why})


def _not_worth_it(training: Training) -> str | None:
    asked, pairs = training.settings.training, training.snapshot.statistics.pairs
    if not training.engine.goes_on:
        return "fits on this engine begin from nothing"
    if not asked.warm_start:
        return "training.warm_start is off"
    if pairs < asked.warm_minimum_interactions:
        return f"with {pairs:,} user-item pairs there is no time to be saved"
    return None


def _not_alike(live: LiveBundle, slot: SlotName, recipe: str, parameters: Parameters) -> str | None:
    record = live.bundle.manifest.slots[slot]
    if record.recipe == recipe and _are_equal(parameters, record.parameters):
        return None
    return "the live model has another recipe, or other parameters"


def _not_sound(training: Training, slot: SlotName, live: LiveBundle) -> str | None:
    manifest = live.bundle.manifest
    record = manifest.slots[slot]
    if record.data_until > to_datetime(training.split.at_us):
        return "the live model knows part of the test period"
    users = PLAIN if manifest.user_ids == "plain" else DIGESTS
    if manifest.files[users].path != users:
        return "a user was erased from the live model"
    if record.fitted_in != manifest.version:
        return "what was fitted last was refused, an older model is live"
    if record.warm_starts + 1 >= training.settings.training.cold_every:
        return f"training.cold_every: {record.warm_starts} in a row went on from another"
    return None


def _are_equal(parameters: Parameters, earlier: dict[str, Any]) -> bool:
    try:
        return type(parameters).model_validate(earlier) == parameters
    except ValidationError:
        return False


def _start(training: Training, slot: SlotName, live: LiveBundle, folder: str) -> Start:
    taken, place = training.snapshot, live.folder / slot / folder
    items_here = rows_elsewhere(live.bundle.items, taken.items)
    users_here = rows_of(live.bundle.users.by_digest(training.space.digests()), taken.users)
    return Start(
        _moved(map_array(place / "item_factors.npy"), items_here, len(taken.items)),
        _moved(map_array(place / FACTORS), users_here, len(taken.users)),
    )


def _moved(
    vectors: NDArray[np.float32], rows_here: NDArray[np.int32], count: int
) -> NDArray[np.float32]:
    moved = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    known = rows_here >= 0
    moved[rows_here[known]] = vectors[known]
    return moved


def _known_share(training: Training, starts: Mapping[str, Start]) -> float:
    with_past = np.unique(training.split.train.positive.item)
    if not len(with_past):
        return 0.0
    return min(float(one.item_factors[with_past].any(axis=1).mean()) for one in starts.values())
