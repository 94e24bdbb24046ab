"""
How well a tenant is answered: each slot's figures at the gate, now where somebody measured, what
changed since, and what came of answers.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query

from recommender_api.access.current import CurrentTenant
from recommender_api.exchange.json_route import JsonRoute
from recommender_api.experiments.figures import DAYS_MOST
from recommender_api.experiments.placements import online_figures
from recommender_store.artifacts.manifest import Manifest
from recommender_store.runs.live import LiveMeasure, SlotQuality, live_measure
from recommender_store.tenant_space import TenantSpace

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["models"], route_class=JsonRoute)

Days = Annotated[
    int,
    Query(ge=1, le=DAYS_MOST, description="What came of answers is counted over the last so many."),
]


@router.get("/report")
def show_report(space: CurrentTenant, days: Days = 7) -> dict[str, Any]:
    """
    Offline and online figures of what serves now.

    `offline` has each slot's figures of the training that fitted it and, in `now`, those of the
    newest `recommender measure` of this version; null where nobody measured it. `online` reads the
    log.
    """
    version, now = space.models.current().version, datetime.now(UTC)
    manifest = None if version is None else space.models.manifest(version)
    found, measured = measured_now(space, version)
    online = online_figures(space, now - timedelta(days=days), now)
    return {
        "version": version,
        "data_until": None if manifest is None else manifest.data_until,
        "offline": {} if manifest is None else _offline(manifest, found),
        "measured": measured,
        "online": online.model_dump(mode="json"),
    }


def measured_now(
    space: TenantSpace, version: str | None
) -> tuple[LiveMeasure | None, dict[str, Any] | None]:
    """The newest look at this version, and what is told of it; None where there is none."""
    run = space.runs.newest_measured()
    found = None if run is None else live_measure(run)
    if run is None or found is None or found.model_version != version:
        return None, None
    return found, {
        "run_id": run.run_id,
        "measured_at": run.ended_at,
        "since": found.since,
        "until": found.until,
        "drift": [
            {**msgspec.to_builtins(one), "is_finding": one.is_finding} for one in found.drift
        ],
        "findings": msgspec.to_builtins(found.findings),
    }


def _offline(manifest: Manifest, found: LiveMeasure | None) -> dict[str, Any]:
    quality = {} if found is None else found.quality
    return {
        slot: {
            "recipe": record.recipe,
            "fitted_in": record.fitted_in,
            "at_gate": {
                "model": record.metrics.get("model"),
                "popularity": record.metrics.get("popularity"),
                "verdict": None
                if record.verdict is None
                else record.verdict.model_dump(mode="json"),
            },
            "now": _now(quality.get(slot)),
        }
        for slot, record in manifest.slots.items()
    }


def _now(quality: SlotQuality | None) -> dict[str, Any] | None:
    return None if quality is None else {**msgspec.to_builtins(quality), "ratio": quality.ratio}
