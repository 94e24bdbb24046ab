"""
Platform admins: the tenants there are, and a new one.
"""

from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from recommender_api.access.current import TENANT_ID, CurrentAuthor, current_admin
from recommender_api.exchange.json_route import JsonRoute
from recommender_store.tenants.settings import TenantSettings

router = APIRouter(
    prefix="/v1/tenants",
    tags=["platform"],
    route_class=JsonRoute,
    dependencies=[Depends(current_admin)],
)


class NewTenant(BaseModel):
    """A tenant to be."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(json_schema_extra=TENANT_ID)
    name: str | None = Field(default=None, min_length=1, max_length=200)


@router.get("")
def list_tenants(request: Request) -> dict[str, Any]:
    tenants = request.app.state.store.tenants()
    return {"tenants": [one.model_dump(mode="json") for one in tenants]}


@router.post("", status_code=201)
def create_tenant(body: NewTenant, request: Request, author: CurrentAuthor) -> TenantSettings:
    """409 where the id is taken, or was until a deletion."""
    space = request.app.state.store.create_tenant(body.id, body.name or body.id, author=author)
    settings: TenantSettings = space.settings()
    return settings
