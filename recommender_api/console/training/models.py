"""
A tenant's models: what each is worth, which one is live; promoting one, rolling back.
"""

import asyncio
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from recommender_api.access.current import current_author
from recommender_api.admin import models
from recommender_api.admin.models import Promotion, Reason
from recommender_api.console.look.pages import page, status_beside
from recommender_api.console.tenant_pages import Visited, led_to, visited
from recommender_api.errors import ApiError
from recommender_store.errors import StoreError
from recommender_store.tenant_space import TenantSpace

from .quality import plots_of, versions_of

VERSIONS = 40
DECISIONS = 20


async def list_models(request: Request) -> Response:
    return await _listed(request, await visited(request))


async def decide(request: Request) -> Response:
    """Promote a version, or roll back, with what was given as the reason."""
    there = await visited(request)
    form, author = request.state.form, current_author(request)
    try:
        if form["do"] == "roll-back":
            await models.roll_back(request, there.space, author, Reason(reason=form["reason"]))
            return led_to(there.space.tenant_id, "/models", "rolled-back")
        asked = Promotion(reason=form["reason"], force=form["force"] == "yes")
        await models.promote(form["version"], request, there.space, author, asked)
    except (ApiError, StoreError) as error:
        return await _listed(request, there, error)
    return led_to(there.space.tenant_id, "/models", "promoted")


async def _listed(
    request: Request, there: Visited, error: ApiError | StoreError | None = None
) -> Response:
    return page(
        request,
        "models.html",
        status=status_beside(error),
        tenant=there.settings,
        fault=error,
        sent=request.state.form,
        **await asyncio.to_thread(_known, there.space),
    )


def _known(space: TenantSpace) -> dict[str, Any]:
    current = space.models.current()
    manifests = list(islice(space.models.newest_first(), VERSIONS))
    return {
        "current": current,
        "versions": versions_of(manifests, current),
        "plots": plots_of(manifests[::-1], current),
        "decisions": list(islice(space.models.history(), DECISIONS)),
    }
