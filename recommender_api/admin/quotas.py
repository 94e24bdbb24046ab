"""
Platform admins: a tenant's quotas. Its own keys are told of them with its usage.
"""

import asyncio

from fastapi import APIRouter, Depends, Request

from recommender_api.access.current import CurrentAuthor, CurrentTenant, current_admin
from recommender_api.exchange.json_route import JsonRoute
from recommender_store.author import Author
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.quotas import Quotas

router = APIRouter(
    prefix="/v1/tenants/{tenant}",
    tags=["platform"],
    route_class=JsonRoute,
    dependencies=[Depends(current_admin)],
)


@router.get("/quotas")
def show_quotas(space: CurrentTenant) -> Quotas:
    """Null is without limit, 0 is nothing at all."""
    return space.settings().quotas


@router.put("/quotas")
async def put_quotas(
    body: Quotas, request: Request, space: CurrentTenant, author: CurrentAuthor
) -> Quotas:
    """All of them: what is not sent has its default. In force here at once, soon elsewhere."""
    await asyncio.to_thread(_save, space, body, author)
    await request.app.state.shelf.refresh(space.tenant_id)
    return body


def _save(space: TenantSpace, quotas: Quotas, author: Author) -> None:
    before, revision = space.settings_revised()
    settings = before.model_copy(update={"quotas": quotas})
    space.save_settings(settings, author=author, expected=revision.number)
    space.announce("settings")
