"""
Which run the next training goes on with: one that was asked the same and died not long ago.
"""

from datetime import UTC, datetime, timedelta

from recommender_store.runs.pulse import is_alive
from recommender_store.runs.record import Run
from recommender_store.tenant_space import TenantSpace


def unfinished(space: TenantSpace, asked: str, within: timedelta) -> str | None:
    """The run to go on with; None where a new one is to begin."""
    since = datetime.now(UTC) - within
    for run in space.runs.newest_first():
        if run.started_at < since or run.status in ("promoted", "published"):
            return None
        if run.asked_sha256 == asked and not run.is_stepwise:
            return run.run_id if _has_died(space, run) else None
    return None


def _has_died(space: TenantSpace, run: Run) -> bool:
    if run.status not in ("running", "failed") or not run.steps:
        return False
    return run.status == "failed" or not is_alive(space.runs.files(run.run_id))
