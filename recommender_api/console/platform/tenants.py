"""
The tenants there are, and a new one: for platform admins.
"""

import asyncio
from itertools import islice

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from recommender_api.access.current import current_admin, current_author
from recommender_api.admin import tenants
from recommender_api.admin.tenants import NewTenant
from recommender_api.console.look.pages import page
from recommender_api.console.tenant_pages import led_to
from recommender_api.errors import RequestInvalid
from recommender_api.exchange.field_faults import field_faults
from recommender_api.problems import STATUS
from recommender_store.tenants.errors import TenantExists, TenantIdInvalid

from .glance import glances

PAGE = 50


async def list_tenants(request: Request) -> Response:
    return await _listed(request, request.query_params.get("q", ""), {})


async def create_tenant(request: Request) -> Response:
    author, form = current_author(request), request.state.form
    current_admin(request)
    try:
        body = NewTenant(id=form["id"].strip(), name=form.said("name"))
        made = await asyncio.to_thread(tenants.create_tenant, body, request, author)
    except ValidationError as error:
        fault = next(field_faults(error.errors(), NewTenant.model_fields))
        return await _listed(request, "", {fault.pointer: fault.detail}, RequestInvalid.code)
    except (TenantExists, TenantIdInvalid) as error:
        return await _listed(request, "", {"/id": str(error)}, error.code)
    return led_to(made["id"], "", "tenant-made")


async def _listed(
    request: Request, wanted: str, faults: dict[str, str], code: str | None = None
) -> Response:
    """The tenants whose id holds what is looked for; and the form, with what is wrong in it."""
    current_admin(request)
    state = request.app.state
    ids = await asyncio.to_thread(state.store.tenant_ids)
    after = request.query_params.get("after", "")
    found = [one for one in ids if wanted.strip().lower() in one]
    some = list(islice((one for one in found if one > after), PAGE))
    return page(
        request,
        "tenants.html",
        status=200 if code is None else STATUS[code],
        glances=await asyncio.to_thread(glances, state, some),
        wanted=wanted,
        total=len(found),
        next_after=some[-1] if some and some[-1] != found[-1] else None,
        is_first=not after,
        faults=faults,
        sent=request.state.form,
    )
