"""
A tenant's experiments, as they are written down.
"""

import asyncio
import time

from starlette.requests import Request
from starlette.responses import Response

from recommender_api.console.look.pages import page
from recommender_api.console.tenant_pages import visited


async def list_experiments(request: Request) -> Response:
    space, settings = await visited(request)
    decided = await asyncio.to_thread(space.policies.decided)
    now_s = time.time()
    told = [(one, one.is_on_at(now_s)) for one in decided.experiments]
    return page(request, "experiments.html", tenant=settings, experiments=told)
