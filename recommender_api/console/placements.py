"""
A tenant's placements: listed, and written as JSON.
"""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from recommender_api.access.current import current_author
from recommender_api.admin import policies
from recommender_api.admin.deciding import Page
from recommender_api.errors import ApiError
from recommender_store.errors import StoreError

from . import record_text
from .pages import page, status_beside
from .samples import PLACEMENT
from .tenant_pages import Visited, led_to, visited


async def list_placements(request: Request) -> Response:
    space, settings = await visited(request)
    told = await asyncio.to_thread(policies.list_placements, space, Page(limit=500))
    return page(request, "placements.html", tenant=settings, placements=told["placements"])


async def edit_placement(request: Request) -> Response:
    there = await visited(request)
    placement = request.query_params.get("id")
    if placement is None:
        return _form(request, there, record_text.text_of(PLACEMENT), "0")
    value = await asyncio.to_thread(policies.show_placement, placement, there.space)
    return _form(request, there, record_text.text_of(value), str(value["revision"]))


async def take_placement(request: Request) -> Response:
    """Save it, or delete it."""
    there = await visited(request)
    form, author = request.state.form, current_author(request)
    text, revision = form["text"], form["revision"]
    try:
        if form["do"] == "delete":
            await policies.delete_placement(form["id"], request, there.space, author, revision)
            return led_to(there.space.tenant_id, "/placements", "placement-deleted")
        value = record_text.read(text)
        await policies.write_placement(value, request, there.space, author, revision or None)
    except (ApiError, StoreError) as error:
        return _form(request, there, text, revision, error=error)
    return led_to(there.space.tenant_id, "/placements", "placement-saved")


def _form(
    request: Request,
    there: Visited,
    text: str,
    revision: str,
    *,
    error: ApiError | StoreError | None = None,
) -> Response:
    return page(
        request,
        "placement.html",
        status=status_beside(error),
        tenant=there.settings,
        text=text,
        placement_id=request.state.form["id"] or request.query_params.get("id", ""),
        revision=revision,
        faults=[] if error is None else record_text.told(error, text),
    )
