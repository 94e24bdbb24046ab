"""
Platform admins: tenants and their keys.
"""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from recommender_api.access.current import CurrentAuthor, CurrentTenant
from recommender_store.tenants.keys import KeyRecord, Scope
from recommender_store.tenants.settings import TenantSettings

router = APIRouter(prefix="/v1/tenants", tags=["platform"])


class NewTenant(BaseModel):
    """A tenant to be."""

    model_config = ConfigDict(extra="forbid")

    id: str
    name: str | None = Field(default=None, min_length=1, max_length=200)


class NewKeyBody(BaseModel):
    """A key to be."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    scopes: list[Scope] = Field(min_length=1)
    expires_at: datetime | None = None


def public(record: KeyRecord) -> dict[str, Any]:
    """A key without its digest."""
    return record.model_dump(mode="json", exclude={"digest"})


@router.get("")
def list_tenants(request: Request) -> dict[str, Any]:
    tenants = request.app.state.store.tenants()
    return {"tenants": [one.model_dump(mode="json") for one in tenants]}


@router.post("", status_code=201)
def create_tenant(body: NewTenant, request: Request, author: CurrentAuthor) -> TenantSettings:
    """409 where the id is taken."""
    space = request.app.state.store.create_tenant(body.id, body.name or body.id, author=author)
    settings: TenantSettings = space.settings()
    return settings


@router.get("/{tenant}")
def show_tenant(space: CurrentTenant) -> TenantSettings:
    return space.settings()


@router.delete("/{tenant}", status_code=204)
async def delete_tenant(request: Request, space: CurrentTenant, author: CurrentAuthor) -> Response:
    """Nothing of the tenant is served any more; its data lies where it lay."""
    space.end(author=author)
    space.announce("tenant")
    request.app.state.doorkeeper.forget(space.tenant_id)
    await request.app.state.shelf.refresh(space.tenant_id)
    return Response(status_code=204)


@router.get("/{tenant}/keys")
def list_keys(space: CurrentTenant) -> dict[str, Any]:
    return {"keys": [public(record) for record in space.keys.records()]}


@router.post("/{tenant}/keys", status_code=201)
def create_key(body: NewKeyBody, space: CurrentTenant, author: CurrentAuthor) -> dict[str, Any]:
    """The secret is shown here and never again."""
    made = space.keys.create(body.name, body.scopes, author=author, expires_at=body.expires_at)
    space.announce("keys")
    return {**public(made.record), "secret": made.secret}


@router.delete("/{tenant}/keys/{key_id}")
def revoke_key(
    key_id: str, request: Request, space: CurrentTenant, author: CurrentAuthor
) -> dict[str, Any]:
    record = space.keys.revoke(key_id, author=author)
    space.announce("keys")
    request.app.state.doorkeeper.forget(space.tenant_id)
    return public(record)
