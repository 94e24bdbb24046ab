"""
Tenants that were deleted and can be brought back, for platform admins.
"""

import asyncio
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from recommender_api.access.current import current_admin, current_author
from recommender_api.admin.tenants import TenantsPage, list_tenants, restore_tenant
from recommender_api.console.look.pages import page, status_beside
from recommender_api.console.tenant_pages import led_to
from recommender_store.errors import StoreError

TENANTS = 100


async def list_deleted(request: Request) -> Response:
    return await _listed(request)


async def restore(request: Request) -> Response:
    """Settings, keys, log and models are what they were."""
    current_admin(request)
    tenant_id = request.state.form["id"]
    try:
        await restore_tenant(tenant_id, request, current_author(request))
    except StoreError as error:
        return await _listed(request, error)
    return led_to(tenant_id, "", "tenant-restored")


async def _listed(request: Request, error: StoreError | None = None) -> Response:
    current_admin(request)
    cursor = request.query_params.get("cursor") or None
    wanted = TenantsPage(deleted=True, limit=TENANTS, cursor=cursor)
    told = await asyncio.to_thread(list_tenants, wanted, request)
    return page(
        request,
        "deleted.html",
        status=status_beside(error),
        tenants=told["tenants"],
        cursor=told["cursor"],
        is_first=cursor is None,
        now=datetime.now(UTC),
        fault=error,
    )
