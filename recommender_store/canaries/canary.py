"""
A canary as it stands in its run's record: which bundle is tried, against which, and what decides.

What the tenant had set when it began is kept here, so that nothing that is set later moves what it
is measured by.
"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from recommender_store.policies.experiment import CANARY_LAYER, CANARY_PREFIX, Experiment, Variant
from recommender_store.policies.fields import RECORD_ID
from recommender_store.runs.record import Run
from recommender_store.tenants.canary import CanarySettings

BEGUN_BY = "publish"
"""The step whose result holds it."""

LIVE, NEW = "live", "new"
"""Its variants: the first is the control."""


class Canary(BaseModel):
    """A bundle that was published, and is not promoted yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    version: str
    instead_of: str
    """The version that was live when it began."""
    follows: int
    """The number of the decision that made it so: what the gate compared with."""
    placements: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    settings: CanarySettings
    reason: str
    """Why it may be promoted."""
    despite: str | None = None
    """Why, although the gate refused slots of it."""

    @property
    def experiment_id(self) -> str:
        return experiment_id(self.run_id)

    def experiment(self) -> Experiment:
        """The record that servers answer by."""
        share = self.settings.share_percent
        return Experiment(
            id=self.experiment_id,
            layer=CANARY_LAYER,
            placements=self.placements,
            variants=(
                Variant(id=LIVE, weight=100 - share),
                Variant(id=NEW, weight=share, model=self.version),
            ),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            note=f"written by the platform: tries the model of run {self.run_id}",
        )


def experiment_id(run_id: str) -> str:
    return f"{CANARY_PREFIX}{run_id}"


def run_of(experiment: Experiment) -> str:
    """Whose canary it is."""
    return experiment.id.removeprefix(CANARY_PREFIX)


def can_be_named(run_id: str) -> bool:
    """Whether the id of an experiment can hold the run's: people may give a run any name."""
    return RECORD_ID.fullmatch(experiment_id(run_id)) is not None


def canary_of(run: Run) -> Canary | None:
    """The canary that its publishing began; None where there was none."""
    said: dict[str, Any] | None = next(
        (step.result.get("canary") for step in run.steps if step.name == BEGUN_BY), None
    )
    return None if said is None else Canary.model_validate(said)
