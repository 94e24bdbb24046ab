"""A look at a live model, as `recommender measure` leaves it."""

from datetime import UTC, datetime

import msgspec

from recommender_store.runs.live import DriftFigure, LiveFinding, LiveMeasure, SlotQuality
from recommender_store.runs.record import Run, Step, new_run_id
from recommender_store.tenant_space import TenantSpace
from tests.recommender_api.served import AUTHOR

QUALITY = SlotQuality(40, 0.1, 0.05, 0.2, 0.08, 0.02, 0.01, 0.03, at_gate=0.4)
"""A quarter of what it was."""
DRIFT = DriftFigure("kind_psi", 0.6, 0.25, "look at the logger", "other kinds", usual=0.1)
"""Twice what makes a finding."""


def looked(space: TenantSpace, version: str, status: str = "measured") -> Run:
    now = datetime.now(UTC)
    found = LiveMeasure(
        model_version=version,
        data_until=now,
        since=now,
        until=now,
        quality={"for_you": QUALITY},
        drift=[DRIFT],
        findings=[LiveFinding("kind_psi", "look at the logger", "other kinds")],
    )
    step = Step(name="drift", duration_s=1.0, result=msgspec.to_builtins(found))
    run = Run(
        run_id=new_run_id("measure"),
        kind="measure",
        status=status,
        started_at=now,
        ended_at=now,
        steps=(step,),
    )
    space.runs.save(run, AUTHOR)
    return run
