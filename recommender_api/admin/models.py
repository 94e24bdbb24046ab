"""
A tenant's models and runs: what was trained, what is live, what was refused and why.
"""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from recommender_api.access.current import CurrentAuthor, CurrentTenant

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["models"])


class Reason(BaseModel):
    """Why somebody decided."""

    model_config = ConfigDict(extra="forbid")

    reason: str = ""


@router.get("/models")
def list_models(space: CurrentTenant) -> dict[str, Any]:
    return {
        "current": space.models.current().version,
        "models": [one.model_dump(mode="json") for one in space.models.versions()],
    }


@router.get("/models/{version}")
def show_model(version: str, space: CurrentTenant) -> dict[str, Any]:
    """Lineage, metrics, verdicts."""
    return space.models.manifest(version).model_dump(mode="json")


@router.post("/models/{version}:promote")
async def promote(
    version: str,
    request: Request,
    space: CurrentTenant,
    author: CurrentAuthor,
    body: Reason | None = None,
) -> dict[str, Any]:
    """Make a published version the live one; this replica answers from it at once."""
    current = space.models.promote(version, author=author, reason=body.reason if body else "")
    space.announce("model", version=version)
    await request.app.state.shelf.refresh(space.tenant_id)
    return {"current": current.version, "revision": current.number}


@router.post("/models:rollback")
async def roll_back(
    request: Request, space: CurrentTenant, author: CurrentAuthor, body: Reason | None = None
) -> dict[str, Any]:
    """Back to the version that was live before."""
    current = space.models.roll_back(author=author, reason=body.reason if body else "")
    space.announce("model", version=str(current.version))
    await request.app.state.shelf.refresh(space.tenant_id)
    return {"current": current.version, "revision": current.number}


@router.get("/runs")
def list_runs(space: CurrentTenant) -> dict[str, Any]:
    return {"runs": [one.model_dump(mode="json", exclude={"steps"}) for one in space.runs.all()]}


@router.get("/runs/{run_id}")
def show_run(run_id: str, space: CurrentTenant) -> dict[str, Any]:
    return space.runs.get(run_id).model_dump(mode="json")
