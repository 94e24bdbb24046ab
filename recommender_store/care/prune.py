"""
Dropping what a tenant need not keep: old events, models and leavings of trainings; doubled changes.

Each part is safe to repeat, to run in two processes at once, and to kill.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from recommender_store.artifacts.retention import Cleaning
from recommender_store.catalog.compaction import Packing
from recommender_store.event_log.retention import Expiry
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.settings import RetentionSettings


@dataclass(frozen=True)
class Pruning:
    """What went, or would go, of one tenant."""

    events: Expiry
    cut: date | None
    """Events that occurred before this UTC day."""
    models: Cleaning
    catalog: Packing
    runs: tuple[str, ...]
    """Whose files for a next step that never came went."""


def prune_tenant(space: TenantSpace, now: datetime, *, dry_run: bool = False) -> Pruning:
    """
    Remove what the tenant's settings let go; with `dry_run`, only tell what.

    Raises:
        StoreError: where what must be known to prune is damaged.
    """
    settings = space.settings().retention
    cut = _cut(settings, now)
    if not dry_run:
        space.wrap_keys_anew()
    young = now - timedelta(days=settings.models_days)
    clean = space.models.plan_cleaning if dry_run else space.models.clean
    expiry = space.events.plan_expiry(cut) if dry_run else space.events.expire(cut)
    if expiry.files and not dry_run:
        space.announce("events")  # so that no server tells of them for a minute more
    return Pruning(
        events=expiry,
        cut=cut,
        models=clean(previous=settings.models_previous, since=young, now=now, named=_named(space)),
        catalog=space.catalog.plan_packing() if dry_run else space.catalog.pack(),
        runs=_runs(space, now - timedelta(days=settings.run_files_days), dry_run=dry_run),
    )


def _cut(settings: RetentionSettings, now: datetime) -> date | None:
    if settings.events_days is None:
        return None
    return (now.astimezone(UTC) - timedelta(days=settings.events_days)).date()


def _named(space: TenantSpace) -> frozenset[str]:
    """The models that answer in experiments, canaries among them."""
    experiments = (one for one in space.policies.decided().experiments if one.enabled)
    models = (variant.model for one in experiments for variant in one.variants)
    return frozenset(model for model in models if model is not None)


def _runs(space: TenantSpace, before: datetime, *, dry_run: bool) -> tuple[str, ...]:
    gone = []
    for run in space.runs.all():
        if run.started_at < before and not space.runs.files(run.run_id).is_empty():
            gone.append(run.run_id)
            if not dry_run:
                space.runs.files(run.run_id).discard()
    return tuple(gone)
