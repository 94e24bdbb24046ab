"""
One training under way: who it is for, what was asked, the workbench, and what steps share.
"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from recommender_models.bundle import Bundle
from recommender_models.weighting import Weighting
from recommender_store.artifacts.catalogue import Current
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.artifacts.manifest import SlotName
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.settings import TenantSettings
from trainers.datasets.interactions import US_PER_DAY
from trainers.datasets.snapshot import Snapshot
from trainers.datasets.split import Split, split_by_time
from trainers.errors import StepMissing
from trainers.recipes.table import choose

from .options import Report, TrainOptions
from .workbench import Workbench

ASKED: tuple[SlotName, ...] = ("similar", "for_you")
"""Slots that are measured against popularity."""


@dataclass(frozen=True)
class LiveBundle:
    """The bundle that serves now."""

    bundle: Bundle
    folder: Path


@dataclass
class Training:
    """Handed to every step."""

    space: TenantSpace
    settings: TenantSettings
    options: TrainOptions
    cache: LocalCache
    bench: Workbench
    report: Report
    durations_s: dict[str, float] = field(default_factory=dict)

    @cached_property
    def weighting(self) -> Weighting:
        asked = self.settings.training
        return Weighting(dict(asked.kind_weights), asked.positive_rating)

    @cached_property
    def recipes(self) -> dict[SlotName, str]:
        return choose(list(self.options.recipes))

    @cached_property
    def snapshot(self) -> Snapshot:
        if not self.bench.snapshot.exists():
            raise StepMissing(step="a later step", needs="snapshot", run_id=self.bench.run_id)
        return Snapshot.from_path(self.bench.snapshot)

    @cached_property
    def split(self) -> Split:
        return split_by_time(self.snapshot.interactions, self.settings.training.test_share)

    @property
    def age_half_life_days(self) -> float:
        """Half the period of the log unless the tenant says otherwise: tastes age with a market."""
        statistics = self.snapshot.statistics
        half_period_days = (statistics.until_us - statistics.since_us) / US_PER_DAY / 2
        return self.settings.training.age_half_life_days or half_period_days

    @property
    def live(self) -> LiveBundle | None:
        """What the tenant serves now; read anew, for it may change during a run."""
        current = self.current()
        if current.version is None:
            return None
        manifest, folder = self.space.models.open(current.version, self.cache)
        return LiveBundle(Bundle.open(manifest, folder), folder)

    def current(self) -> Current:
        return self.space.models.current()

    def rng(self, purpose: str) -> np.random.Generator:
        """A stream of chance of its own for each purpose, the same for the same seed."""
        return np.random.default_rng([self.options.seed, *purpose.encode()])
