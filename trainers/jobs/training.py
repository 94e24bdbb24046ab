"""
One training under way: who it is for, what was asked, the workbench, and what steps share.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy import sparse

from recommender_models.bundle import Bundle
from recommender_models.opening import open_bundle
from recommender_models.weighting import Weighting
from recommender_store.artifacts.catalogue import Current
from recommender_store.artifacts.errors import ArtifactCorrupt, ArtifactMissing
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.artifacts.manifest import SlotName
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.settings import TenantSettings
from trainers.datasets.checks.inspection import without
from trainers.datasets.interactions import US_PER_DAY, Interactions
from trainers.datasets.snapshot import Snapshot
from trainers.datasets.split import Split, split_by_time
from trainers.recipes.protocol import Owners
from trainers.recipes.table import SEARCH, choose

from .engines import Engine
from .options import Report, TrainOptions
from .workbench import Workbench

ASKED: tuple[SlotName, ...] = ("similar", "for_you")
"""Slots that every training fits and measures against popularity."""

WHERE_ENOUGH: tuple[SlotName, ...] = ("bought_together", "next", "content", "trending")
"""The same, where log or catalog hold enough of what they are fitted on."""

COUNTED: tuple[SlotName, ...] = ("popular", "trending")
"""Counts to the end of the log; there is no later period that they could be tested on."""

LEFT_OUT = "left_out"
"""Under this name: rows of the actors that are no people."""


@dataclass(frozen=True)
class LiveBundle:
    """The bundle that serves now."""

    bundle: Bundle
    folder: Path


@dataclass(frozen=True)
class Order:
    """Who a training is for, and what was asked."""

    space: TenantSpace
    settings: TenantSettings
    options: TrainOptions
    cache: LocalCache
    report: Report


@dataclass
class Training:
    """Handed to every step."""

    order: Order
    bench: Workbench
    engine: Engine
    started_at: datetime
    """When the run began, whichever process that was."""
    durations_s: dict[str, float] = field(default_factory=dict)
    """Of the steps so far."""
    inputs: dict[str, str] = field(default_factory=dict)
    """What the step under way takes from outside the workbench, as the run's record names it."""

    @property
    def space(self) -> TenantSpace:
        return self.order.space

    @property
    def settings(self) -> TenantSettings:
        return self.order.settings

    @property
    def options(self) -> TrainOptions:
        return self.order.options

    @property
    def report(self) -> Report:
        return self.order.report

    def begin_step(self, name: str, durations_s: dict[str, float]) -> None:
        self.bench.step = name
        self.durations_s = durations_s
        self.inputs = {}
        self.report.step(name)

    def check_recipes(self) -> None:
        """
        Before any step, so that a typing mistake costs no minute.

        Raises:
            RecipeUnknown, RecipeNotOnSpark: names those that exist there.
        """
        for recipe in self.recipes.values():
            if recipe != SEARCH or self.options.engine != "local":
                self.engine.recipe_named(recipe)

    @cached_property
    def weighting(self) -> Weighting:
        asked = self.settings.training
        return Weighting(dict(asked.kind_weights), asked.positive_rating)

    @cached_property
    def recipes(self) -> dict[SlotName, str]:
        return choose(list(self.options.recipes))

    @property
    def filled(self) -> dict[SlotName, str]:
        """Slots and their recipes, without those that the log was too thin for."""
        return {
            slot: recipe
            for slot, recipe in self.recipes.items()
            if slot not in WHERE_ENOUGH or self.bench.has(f"fitted/{slot}")
        }

    @property
    def measured(self) -> list[SlotName]:
        """Slots that are measured against popularity."""
        return [slot for slot in self.filled if slot not in COUNTED]

    @cached_property
    def snapshot(self) -> Snapshot:
        # Written last.
        self.bench.require(self.bench.snapshot / "statistics.json", "snapshot")
        taken = Snapshot.from_path(self.bench.snapshot)
        if not self.bench.has(LEFT_OUT):
            return taken
        left_out = self.bench.read(LEFT_OUT, list[int], needs="check")
        return without(taken, np.array(left_out, dtype=np.int32)) if left_out else taken

    def leave_out(self, actors: list[int]) -> None:
        """From here on these actors of the snapshot are not there; nobody: all are."""
        self.bench.write(LEFT_OUT, actors)
        for derived in ("snapshot", "split", "learned"):
            self.__dict__.pop(derived, None)

    @cached_property
    def owners(self) -> Owners:
        """Whose the snapshot's events are."""
        return Owners(self.snapshot.users, self.snapshot.session_digests)

    @cached_property
    def split(self) -> Split:
        return split_by_time(self.snapshot.interactions, self.settings.training.test_share)

    @cached_property
    def learned(self) -> sparse.csr_matrix:
        """What lies before the split, as recipes are fitted on it: none of them changes it."""
        return self.matrix_of(self.split.train)

    def matrix_of(self, events: Interactions) -> sparse.csr_matrix:
        return events.matrix(self.snapshot.shape, self.age_half_life_days)

    @property
    def age_half_life_days(self) -> float:
        """Half the period of the log unless the tenant says otherwise: tastes age with a market."""
        statistics = self.snapshot.statistics
        half_period_days = (statistics.until_us - statistics.since_us) / US_PER_DAY / 2
        return self.settings.training.age_half_life_days or half_period_days

    def current(self) -> Current:
        """What is current now; it may change during a run."""
        current = self.space.models.current()
        self.inputs["current"] = current.version or ""
        return current

    def opened(self, current: Current) -> tuple[LiveBundle | None, str | None]:
        """
        A current bundle, if there is one; one that is damaged is none, and the reason is told.

        A damaged bundle can neither be compared with nor be carried over, and must not stand in
        the way of the one that replaces it.

        Raises:
            ArtifactFormatUnknown: where a newer code wrote it; an older one must not replace it.
        """
        if current.version is None:
            return None, None
        try:
            opened = open_bundle(self.space.models, current.version, self.order.cache)
        except (ArtifactCorrupt, ArtifactMissing) as error:
            return None, str(error)
        return LiveBundle(*opened), None

    def rng(self, purpose: str) -> np.random.Generator:
        """A stream of chance of its own for each purpose, the same for the same seed."""
        return np.random.default_rng([self.options.seed, *purpose.encode()])
