"""
Whether a tenant may train, and keep what was trained: its quotas, asked before anything is spent.

A run that goes on after a kill was let in when it began.
"""

from datetime import UTC, datetime, timedelta

from recommender_store.artifacts.manifest import Manifest
from recommender_store.runs.pulse import is_alive
from recommender_store.runs.record import Run
from recommender_store.runs.spent import begun_between, begun_on, duration_s
from recommender_store.tenant_space import TenantSpace
from trainers.errors import QuotaRefused

YOUNG = timedelta(seconds=10)
"""A run that began so lately counts as worked at, though its pulse may not be there yet."""
LONGEST = timedelta(days=7)
"""No training takes longer."""


def check_may_begin(space: TenantSpace, run: Run) -> None:
    """
    Of a run that is recorded already, so that of two that begin at once one sees the other.

    Raises:
        QuotaRefused: where as many trainings as may be are under way, or the day's time is used.
    """
    quotas, now = space.settings().quotas, datetime.now(UTC)
    others = [
        one
        for one in begun_between(space.runs, (now - LONGEST).date(), now.date())
        if one.run_id != run.run_id
    ]
    limit = quotas.training_minutes_per_day
    today = (one for one in others if begun_on(one) == now.date())
    minutes = sum(map(duration_s, today)) / 60
    if limit is not None and minutes >= limit:
        raise QuotaRefused(
            quota="training_minutes_per_day",
            sentence=f"{minutes:.1f} minutes were spent on trainings that began on this UTC day, "
            f"and the quota is {limit:g}",
        )
    most = quotas.concurrent_trainings
    before = [one for one in others if _rank(one) < _rank(run) and one.status == "running"]
    if most is None or len(before) < most:
        return
    under_way = [one.run_id for one in before if _is_worked_at(space, one, now)]
    if len(under_way) >= most:
        told = ", ".join(under_way) or "none"
        raise QuotaRefused(
            quota="concurrent_trainings",
            sentence=f"trainings under way: {told}; the quota is {most}",
        )


def check_room(space: TenantSpace, made: Manifest) -> None:
    """
    Raises:
        QuotaRefused: where the bundle does not fit beside the models that lie in the store.
    """
    limit = space.settings().quotas.artifact_bytes
    if limit is None:
        return
    held = space.models.size_bytes()
    more = sum(one.size_bytes for one in made.every_file() if one.version == made.version)
    if held + more > limit:
        raise QuotaRefused(
            quota="artifact_bytes",
            sentence=f"the tenant's models make {held:,} bytes in the store, this one would add "
            f"{more:,}, and the quota is {limit:,}; `recommender store prune` removes old models",
        )


def _rank(run: Run) -> tuple[datetime, str]:
    return run.started_at, run.run_id


def _is_worked_at(space: TenantSpace, run: Run, now: datetime) -> bool:
    return now - run.started_at < YOUNG or is_alive(space.runs.files(run.run_id))
