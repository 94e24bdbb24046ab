"""
Forgetting a user, or a session that nobody claimed: in the log, in the models, on this machine.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.artifacts.session_rows import Owner
from recommender_store.event_log.erasure import Actor, Erasure
from recommender_store.tenant_space import TenantSpace

DIED_AFTER = timedelta(hours=24)
"""No training takes a day: whatever runs longer has died."""


@dataclass(frozen=True)
class Receipt:
    """What an erasure covered, and what it did not."""

    log: Erasure
    models: tuple[str, ...]
    """Versions whose user rows, or sessions, were written anew."""
    runs: tuple[str, ...]
    """Trainings whose files for a next step were removed."""
    covered: tuple[str, ...]
    not_covered: tuple[str, ...]
    open_ends: tuple[str, ...]
    """What of these a repetition of this erasure may cover."""
    is_complete: bool
    """Whether nothing is left that a repetition of this erasure could remove."""


def erase_actor(space: TenantSpace, actor: Actor, cache: LocalCache, now: datetime) -> Receipt:
    """Remove everything of the actor; safe to repeat, and to be repeated where it was killed."""
    log = space.events.erase(actor)
    models, faults = _erase_models(space, actor, cache)
    runs, running = _discard_runs(space, now)
    space.announce("events")
    space.announce("model")
    open_ends = [*faults, *running]
    if log.still_active:
        open_ends.append("events of this actor kept coming in: stop them, then erase again")
    return Receipt(
        log=log,
        models=models,
        runs=runs,
        covered=(
            "the event log: segments, Parquet files, checkpoint, and replaced copies of these",
            "user rows and sessions in every model of the store and of this machine's cache",
            "files of trainings that have ended",
        ),
        not_covered=(*open_ends, *_beyond(log)),
        open_ends=tuple(open_ends),
        is_complete=not open_ends,
    )


def _erase_models(
    space: TenantSpace, actor: Actor, cache: LocalCache
) -> tuple[tuple[str, ...], list[str]]:
    erased = list(space.models.erase(Owner(actor.column, actor.actor_id), cache))
    faults = [
        f"the model '{one.version}' cannot be read ({one.fault}): repair or remove it, "
        "then erase again"
        for one in erased
        if one.fault is not None
    ]
    return tuple(one.version for one in erased if one.knew_user), faults


def _discard_runs(space: TenantSpace, now: datetime) -> tuple[tuple[str, ...], list[str]]:
    gone, running = [], []
    for run in space.runs.all():
        if run.status == "running" and now - run.started_at < DIED_AFTER:
            running.append(
                f"the training '{run.run_id}' is running and may publish what it read before: "
                "erase again when it has ended"
            )
        elif not space.runs.files(run.run_id).is_empty():
            space.runs.files(run.run_id).discard()
            gone.append(run.run_id)
    return tuple(gone), running


def _beyond(log: Erasure) -> list[str]:
    """What no repetition of an erasure reaches."""
    told = [
        "running servers forget within seconds, and their own caches of models with them",
        "what the models learned of items from everybody together changes with the next training",
        "events that the tenant's services still hold, and backups of the store",
        "half-written files of processes that were killed, up to 24 hours",
    ]
    if log.sessions:
        told.append(
            "events of the same sessions without the user's id: `--session` erases these: "
            + ", ".join(log.sessions)
        )
    return told
