"""
Ask as an application would, and see why it was answered so. Nothing of it is written down.
"""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from recommender_api.console.look.pages import page
from recommender_api.console.tenant_pages import visited
from recommender_api.errors import PlacementUnknown, RequestInvalid
from recommender_api.problems import STATUS
from recommender_api.recommend.answer import as_document
from recommender_api.recommend.endpoint import as_held, recall
from recommender_api.recommend.pipeline import recommended
from recommender_api.recommend.request import RecommendRequest, from_query
from recommender_api.serving.live_tenant import LiveTenant

from .titles import Found, found_by, titles_of

ASKED = ("user_id", "item_id", "session_id", "filter", "limit", "why_not")


async def try_it(request: Request) -> Response:
    space, settings = await visited(request)
    live = await request.app.state.shelf.get(space.tenant_id)
    asked = {name: request.query_params.get(name, "").strip() for name in ASKED}
    placement = request.query_params.get("placement", "").strip()
    search = request.query_params.get("q", "").strip()
    answer: dict[str, Any] | None = None
    faults: dict[str, str] = {}
    status = 200
    if placement:
        try:
            answer = await _answer(live, placement, {n: text for n, text in asked.items() if text})
        except (RequestInvalid, PlacementUnknown) as error:
            faults = {one.pointer.split("/")[1]: one.detail for one in error.faults}
            faults = faults or {"placement": str(error)}
            status = STATUS[error.code]
    found = await asyncio.to_thread(found_by, live, search) if search else Found([], [])
    return page(
        request,
        "try.html",
        status=status,
        tenant=settings,
        asked=asked,
        placement=placement,
        placements=list(live.loaded.rulebook.placements),
        search=search,
        found=found,
        answer=answer,
        titles={} if answer is None else titles_of(live, _ids_in(answer, asked)),
        faults=faults,
    )


async def _answer(live: LiveTenant, placement: str, asked: dict[str, str]) -> dict[str, Any]:
    request = from_query(list(asked.items()), RecommendRequest)
    request = request.model_copy(update={"explain": True})
    request = as_held(live, request)
    recalled = await recall(live, request)
    outcome = await recommended(request, placement, live.loaded, recalled, hooks=live.hooks)
    # Why not may take a look at every candidate there is: others come in between.
    return await asyncio.to_thread(as_document, outcome)


def _ids_in(answer: dict[str, Any], asked: dict[str, str]) -> set[str]:
    told = answer.get("explanation") or {}
    lists = (answer["items"], told.get("removed_items", ()), told.get("why_not", ()))
    return {one["item_id"] for some in lists for one in some} | {asked["item_id"]}
