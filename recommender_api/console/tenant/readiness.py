"""
Whether a tenant's log is fit to be learned from, and what to do where it is not.

All of the log is read for it: of a large one only where somebody asks.
"""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from recommender_api.admin.readiness import show_readiness
from recommender_api.console.look.pages import page
from recommender_api.console.tenant_pages import visited
from recommender_store.tenant_space import TenantSpace

READ_AT_ONCE = 10_000
"""Events that are read without being asked."""


async def show(request: Request) -> Response:
    space, settings = await visited(request)
    is_wanted = request.query_params.get("measure") == "yes"
    rows = await asyncio.to_thread(_rows, space)
    report: dict[str, Any] | None = None
    if is_wanted or rows <= READ_AT_ONCE:
        report = await asyncio.to_thread(show_readiness, space)
    return page(request, "readiness.html", tenant=settings, report=report, rows=rows)


def _rows(space: TenantSpace) -> int:
    """Events that lie in files; how many wait in segments, their reading tells."""
    return space.events.state().files.row_count
