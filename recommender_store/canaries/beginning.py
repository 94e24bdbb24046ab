"""
Begin a canary: the platform writes an experiment whose one variant is the new bundle.

A canary that was there ends, for the newer bundle is what is tried from now on. Begun again after a
kill, it is the same one.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from recommender_store.policies.experiment import Experiment
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.canary import CanarySettings

from .canary import Canary, can_be_named, canary_of, run_of
from .decision import Decision
from .errors import CanaryImpossible
from .settling import platform, settle

LOADED_WITHIN = timedelta(minutes=5)
"""From its record to its first answer: by then every server has fetched and opened the bundle."""


class Trial(NamedTuple):
    """What is to be tried, and against what."""

    run_id: str
    version: str
    instead_of: str
    follows: int
    reason: str
    despite: str | None = None


def begin(space: TenantSpace, trial: Trial, settings: CanarySettings, now: datetime) -> Canary:
    """
    Raises:
        CanaryImpossible: where no placement is free, or the run has a name that no experiment can.
        RecordsFull: where the tenant has as many experiments as there may be.
    """
    if not can_be_named(trial.run_id):
        raise CanaryImpossible(
            f"no experiment can have the name of the run '{trial.run_id}': letters, digits and "
            "`. _ -`, at most 57 of them"
        )
    starts_at = now + LOADED_WITHIN
    canary = Canary(
        **trial._asdict(),
        placements=settings.placements,
        starts_at=starts_at,
        ends_at=starts_at + settings.maximum,
        settings=settings,
    )
    experiments = space.policies.decided().experiments
    if (same := _begun(canary, experiments)) is not None:
        return same
    free = tuple(_free(canary, [one for one in experiments if not one.is_canary]))
    if not free:
        raise CanaryImpossible(
            "experiments of the tenant's own take all of its placements "
            f"({', '.join(settings.placements)}): name others in training.canary.placements"
        )
    canary = canary.model_copy(update={"placements": free})
    for one in experiments:
        if one.is_canary:
            _supersede(space, one, trial.version, now)
    record = canary.experiment().model_dump(mode="json", exclude_none=True)
    space.policies.experiments.put(canary.experiment_id, record, author=platform())
    space.announce("policies")
    return canary


def _begun(canary: Canary, experiments: Iterable[Experiment]) -> Canary | None:
    """The same one, where a process that was killed had begun it."""
    for one in experiments:
        is_same = one.id == canary.experiment_id and one.variants[-1].model == canary.version
        if is_same and one.enabled:
            kept = {name: getattr(one, name) for name in ("placements", "starts_at", "ends_at")}
            return canary.model_copy(update=kept)
    return None


def _free(canary: Canary, others: list[Experiment]) -> Iterator[str]:
    """The placements on which no experiment of the tenant's is while it lasts."""
    for placement in canary.placements:
        alone = canary.model_copy(update={"placements": (placement,)}).experiment()
        if all(alone.excludes(other) for other in others):
            yield placement


def _supersede(space: TenantSpace, old: Experiment, version: str, now: datetime) -> None:
    """End the canary before, and let its record go: the run keeps what it showed."""
    run = space.runs.find(run_of(old))
    canary = None if run is None else canary_of(run)
    if canary is not None:
        sentence = f"a newer training published {version} before it was decided"
        settle(space, canary, Decision("superseded", "canary_superseded", sentence), now)
    space.policies.experiments.delete(old.id, author=platform())
