"""
Platform admins: one tenant, and its keys.
"""

import asyncio
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from recommender_api.access.current import CurrentAuthor, CurrentTenant, current_admin
from recommender_api.exchange.json_route import JsonRoute
from recommender_store.tenants.keys import KeyRecord, Scope
from recommender_store.tenants.settings import TenantSettings

router = APIRouter(
    prefix="/v1/tenants/{tenant}",
    tags=["platform"],
    route_class=JsonRoute,
    dependencies=[Depends(current_admin)],
)


class NewKeyBody(BaseModel):
    """A key to be."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    scopes: list[Scope] = Field(min_length=1)
    expires_at: AwareDatetime | None = None


def public(record: KeyRecord) -> dict[str, Any]:
    """A key without its digest."""
    return record.model_dump(mode="json", exclude={"digest"})


@router.get("")
def show_tenant(space: CurrentTenant) -> TenantSettings:
    return space.settings()


@router.delete("", status_code=204)
async def delete_tenant(request: Request, space: CurrentTenant, author: CurrentAuthor) -> Response:
    """Nothing of the tenant is served any more; its data lies where it lay."""
    await asyncio.to_thread(space.end, author=author)
    await asyncio.to_thread(space.announce, "tenant")
    request.app.state.doorkeeper.forget(space.tenant_id)
    await request.app.state.shelf.refresh(space.tenant_id)
    return Response(status_code=204)


@router.get("/keys")
def list_keys(space: CurrentTenant) -> dict[str, Any]:
    return {"keys": [public(record) for record in space.keys.records()]}


@router.post("/keys", status_code=201)
def create_key(body: NewKeyBody, space: CurrentTenant, author: CurrentAuthor) -> dict[str, Any]:
    """The secret is shown here and never again."""
    made = space.keys.create(body.name, body.scopes, author=author, expires_at=body.expires_at)
    space.announce("keys")
    return {**public(made.record), "secret": made.secret}


@router.delete("/keys/{key_id}")
def revoke_key(
    key_id: str, request: Request, space: CurrentTenant, author: CurrentAuthor
) -> dict[str, Any]:
    """Worthless on this replica at once, on the others within the second."""
    record = space.keys.revoke(key_id, author=author)
    space.announce("keys")
    request.app.state.doorkeeper.forget(space.tenant_id)
    return public(record)
