"""
Which tenants are to be trained by now: each by its own schedule, counted from its last training.

A tenant that was never trained is due at once; one whose training is under way is not. Whoever
trains those that are due may claim them, so that the next one to ask is not told of them again.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from recommender_store.author import Author
from recommender_store.errors import RevisionConflict
from recommender_store.runs.pulse import is_alive
from recommender_store.runs.record import UNDER_WAY, Launched, Run, Runs, new_run_id
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.schedule import parse_schedule
from recommender_store.tenants.settings import TenantClass

CLAIM_HOLDS = timedelta(hours=24)
"""A training that was claimed, or is run step by step, counts as under way for so long."""

CLAIMED_BY = "schedule"
"""As what a claimed run says that it was launched."""

NEVER = datetime.max.replace(tzinfo=UTC)

_TIMED = re.compile(r"\d{8}T")


class Due(NamedTuple):
    """One tenant that is to be trained, and the run that is to do it."""

    tenant: str
    run_id: str
    resources: TenantClass
    schedule: str
    since: datetime
    """When it fell due; of one that was never trained, or is claimed, when it was made."""


def due(space: TenantSpace, now: datetime, claim: str = "") -> Due | None:
    """
    The tenant, if it is due, or was claimed as `claim` before and nothing has begun since.

    Raises:
        StoreError: where its settings or runs cannot be read.
    """
    settings, last = space.settings(), _last(space.runs)
    asked = settings.training
    if asked.schedule is None:
        return None
    since = settings.created_at
    if last is not None:
        if claim and _is_claimed(last, claim):
            return Due(settings.id, last.run_id, asked.resources, asked.schedule, since)
        if _is_under_way(space, last, now):
            return None
        since = parse_schedule(asked.schedule).after(last.started_at) or NEVER
    if since > now:
        return None
    return Due(settings.id, new_run_id(), asked.resources, asked.schedule, since)


def claimed(space: TenantSpace, now: datetime, claim: str, author: Author) -> Due | None:
    """
    The same, its run queued: whoever else asks is not told of it.

    Raises:
        StoreError: where something cannot be read or written.
    """
    held = space.launches.held("training")
    one = due(space, now, claim)
    if one is None or space.runs.find(one.run_id) is not None:
        return one
    try:
        space.launches.take("training", one.run_id, author, after=held)
    except RevisionConflict:
        return None
    launched = Launched(launcher=CLAIMED_BY, origin=claim, by=author.by)
    run = Run(
        run_id=one.run_id, status="queued", started_at=now, is_stepwise=True, launched=launched
    )
    space.runs.save(run, author, expected=0)
    return one


def _is_claimed(run: Run, claim: str) -> bool:
    launched = run.launched
    return launched is not None and (run.status, launched.launcher, launched.origin) == (
        "queued",
        CLAIMED_BY,
        claim,
    )


def _is_under_way(space: TenantSpace, run: Run, now: datetime) -> bool:
    if run.status not in UNDER_WAY:
        return False
    if run.status == "queued" or run.is_stepwise:
        return now - run.started_at < CLAIM_HOLDS
    return is_alive(space.runs.files(run.run_id))


def _last(runs: Runs) -> Run | None:
    """The training that began last, dry ones aside; ids that people gave tell no time."""
    return max(_newest(runs), key=lambda run: run.started_at, default=None)


def _newest(runs: Runs) -> Iterator[Run]:
    for run in runs.newest_first():
        if run.kind == "training" and not run.options.get("dry_run"):
            yield run
            if _TIMED.match(run.run_id):
                return
