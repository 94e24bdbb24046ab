"""
What every page of a tenant begins with: may the caller see it, and what is it called?
"""

import asyncio
from http import HTTPStatus
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from recommender_api.access.caller import allow
from recommender_api.access.current import current_admin, current_caller
from recommender_api.access.passes import SCOPE
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import parse_tenant_id
from recommender_store.tenants.settings import TenantSettings

from .look.navigation import tenant_address


class Visited(NamedTuple):
    """The tenant that a page is about."""

    space: TenantSpace
    settings: TenantSettings


async def visited(request: Request, *, is_for_admins: bool = False) -> Visited:
    """
    Raises:
        Forbidden: for another tenant's key, whether or not there is such a tenant.
        AdminRequired: where the page is for admins.
        TenantIdInvalid, TenantUnknown: for an admin who names one that does not exist.
    """
    text = request.path_params["tenant"]
    allow(current_caller(request), text, SCOPE)
    if is_for_admins:
        current_admin(request)
    space = request.app.state.space_of(parse_tenant_id(text))
    return Visited(space, await asyncio.to_thread(space.settings))


def led_to(tenant_id: str, below: str, said: str = "") -> Response:
    """After something was done: to a page, and what it says."""
    address = tenant_address(tenant_id, below) + (f"?said={said}" if said else "")
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
