"""
Whether a tenant's log is fit to be learned from, whichever way its events came.
"""

from typing import Any

from fastapi import APIRouter

from recommender_api.access.current import CurrentTenant
from recommender_api.exchange.json_route import JsonRoute

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["events"], route_class=JsonRoute)


@router.get("/readiness")
def show_readiness(space: CurrentTenant) -> dict[str, Any]:
    """Counts, and findings that say what to do; of severity `error`: nothing useful can come."""
    from recommender_api.foreign_logs.own_log import readiness_of

    report = readiness_of(space)
    return {"ready": report.is_ready, **report.model_dump(mode="json")}
