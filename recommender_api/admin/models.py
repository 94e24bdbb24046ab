"""
A tenant's models: what was trained, what is live, what was refused and why.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from recommender_api.access.current import (
    CurrentAuthor,
    CurrentTenant,
    PathVersion,
)
from recommender_api.errors import FieldFault, RequestInvalid
from recommender_api.exchange.json_route import JsonRoute
from recommender_store.artifacts.catalogue import Current
from recommender_store.artifacts.errors import ArtifactMissing
from recommender_store.artifacts.standing import decisions, told
from recommender_store.errors import KeyInvalid, StoreError
from recommender_store.tenant_space import TenantSpace

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["models"], route_class=JsonRoute)


class Reason(BaseModel):
    """Why somebody decided."""

    model_config = ConfigDict(extra="forbid")

    reason: str = ""


class Promotion(Reason):
    """Why a model goes live, and whether it does so although the gate refused it."""

    force: bool = False

    def despite(self) -> str | None:
        """
        Raises:
            RequestInvalid: where somebody forces and does not say why.
        """
        if self.force and not self.reason.strip():
            detail = "say why it is forced: the reason is kept"
            raise RequestInvalid([FieldFault("/reason", "field_missing", detail)])
        return self.reason if self.force else None


@router.get("/models")
def list_models(space: CurrentTenant) -> dict[str, Any]:
    current = space.models.current()
    return {
        "current": current.version,
        "models": [told(one, current) for one in space.models.versions()],
    }


@router.get("/models/{version}")
def show_model(version: PathVersion, space: CurrentTenant) -> dict[str, Any]:
    """Lineage, metrics, verdicts, and who made it the live one."""
    with _no_key(ArtifactMissing(version=version)):
        manifest = space.models.manifest(version)
        made_live = {"decisions": decisions(space.models, version)}
        return told(manifest, space.models.current()) | made_live


@router.post("/models/{version}:promote")
async def promote(
    version: PathVersion,
    request: Request,
    space: CurrentTenant,
    author: CurrentAuthor,
    body: Promotion | None = None,
) -> dict[str, Any]:
    """
    Make a published version the live one; this replica answers from it at once.

    One whose slots the gate refused: 409 `model_refused`, unless it is forced, with a reason.
    """
    asked = body or Promotion()
    despite = asked.despite()

    def decide() -> Current:
        return space.models.promote(version, author=author, reason=asked.reason, despite=despite)

    with _no_key(ArtifactMissing(version=version)):
        return await _decided(request, space, decide)


@router.post("/models:rollback")
async def roll_back(
    request: Request, space: CurrentTenant, author: CurrentAuthor, body: Reason | None = None
) -> dict[str, Any]:
    """Back to the version that was live before."""
    reason = body.reason if body else ""
    return await _decided(
        request, space, lambda: space.models.roll_back(author=author, reason=reason)
    )


async def _decided(
    request: Request, space: TenantSpace, decide: Callable[[], Current]
) -> dict[str, Any]:
    """Write a decision down, tell the other replicas, and follow it here."""
    current = await asyncio.to_thread(decide)
    await asyncio.to_thread(space.announce, "model", version=str(current.version))
    await request.app.state.shelf.refresh(space.tenant_id)
    return {
        "current": current.version,
        "revision": current.number,
        "forced": current.is_forced,
    }


@contextmanager
def _no_key(missing: StoreError) -> Iterator[None]:
    """An id that cannot even be a key is simply unknown."""
    try:
        yield
    except KeyInvalid as error:
        raise missing from error
