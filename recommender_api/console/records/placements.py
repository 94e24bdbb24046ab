"""
A tenant's placements: listed, and written as JSON.
"""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from recommender_api.admin import policies
from recommender_api.admin.deciding import Page
from recommender_api.console.look.pages import page, status_beside
from recommender_api.console.tenant_pages import Visited, visited

from .record_form import Draft, RecordForm, draft_of, taken
from .samples import PLACEMENT


async def list_placements(request: Request) -> Response:
    space, settings = await visited(request)
    told = await asyncio.to_thread(policies.list_placements, space, Page(limit=500))
    return page(request, "placements.html", tenant=settings, placements=told["placements"])


async def edit_placement(request: Request) -> Response:
    there = await visited(request)
    placement = request.query_params.get("id")
    if placement is None:
        return await _show(request, there, draft_of(PLACEMENT))
    value = await asyncio.to_thread(policies.show_placement, placement, there.space)
    return await _show(request, there, draft_of(value))


async def take_placement(request: Request) -> Response:
    return await taken(request, _FORM)


async def _show(request: Request, there: Visited, draft: Draft) -> Response:
    return page(
        request,
        "placement.html",
        status=status_beside(draft.error),
        tenant=there.settings,
        draft=draft,
        placement_id=request.state.form["id"] or request.query_params.get("id", ""),
    )


_FORM = RecordForm("placement", _show, policies.write_placement, policies.delete_placement)
