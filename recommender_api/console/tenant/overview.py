"""
A tenant at a glance: what flows in and whether it adds up, what answers and how well, what ran.
"""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from recommender_api.accounting.days import days_asked
from recommender_api.accounting.statement import draw_up
from recommender_api.admin.report import measured_now
from recommender_api.console.look.pages import page
from recommender_api.console.look.plots import columns
from recommender_api.console.tenant_pages import visited
from recommender_api.console.training.quality import plots_of, versions_of
from recommender_api.launch.jobs import Jobs
from recommender_api.serving.live_tenant import LiveTenant
from recommender_store.errors import StoreError
from recommender_store.event_log.daily import Daily, daily
from recommender_store.runs.record import Run
from recommender_store.tenant_space import TenantSpace

PATIENCE_S = 0.05
"""Small tenants are loaded by then; of the others the page tells that they are being loaded."""
DAYS = 30
RUNS = 5
VERSIONS = 12


async def show_tenant(request: Request) -> Response:
    space, settings = await visited(request)
    await request.app.state.tallies.write(space.tenant_id)
    told = await asyncio.gather(
        asyncio.to_thread(_flow, space),
        asyncio.to_thread(_ledger, space),
        asyncio.to_thread(_models, space),
        asyncio.to_thread(_runs, space, request.app.state.jobs),
    )
    flow, ledger, models, runs = told
    # Last: while a tenant is being loaded, everything else takes twice as long.
    live = await _soon(request.app.state.shelf.get(space.tenant_id))
    return page(
        request,
        "overview.html",
        tenant=settings,
        catalog=None if live is None else _catalog(live),
        fault=None if live is None else live.loaded.fault,
        is_loading=live is None or live.loaded.is_loading,
        runs=runs,
        **flow,
        **ledger,
        **models,
    )


async def _soon(loading: Coroutine[Any, Any, LiveTenant]) -> LiveTenant | None:
    """The tenant, unless it is being loaded and takes its time: what it tells can wait."""
    task = asyncio.ensure_future(loading)
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    await asyncio.wait([task], timeout=PATIENCE_S)
    return task.result() if task.done() else None


def _flow(space: TenantSpace) -> dict[str, Any]:
    try:
        told, fault = daily(space.events, DAYS), None
    except StoreError as error:
        told, fault = Daily(), str(error)
    labels = [f"{datetime.fromisoformat(day):%d %b}" for day in told.days]
    title = f"Events by day and kind, {DAYS} days, {told.total:,} events"
    plot = columns(told.kinds, labels, title) if told.kinds else None
    return {"events": told, "events_plot": plot, "events_fault": fault}


def _ledger(space: TenantSpace) -> dict[str, Any]:
    days = days_asked(None, None, datetime.now(UTC).date())
    try:
        return {"ledger": draw_up(space, days), "ledger_fault": None}
    except StoreError as error:
        return {"ledger": None, "ledger_fault": str(error)}


def _models(space: TenantSpace) -> dict[str, Any]:
    current = space.models.current()
    found, measured = measured_now(space, current.version)
    manifests = list(islice(space.models.newest_first(), VERSIONS))
    live, fault = next((one for one in manifests if one.version == current.version), None), None
    if live is None and current.version is not None:
        try:
            live = space.models.manifest(current.version)
        except StoreError as error:
            fault = str(error)
    return {
        "live": None if live is None else versions_of([live], current)[0],
        "live_fault": fault,
        "plots": plots_of(manifests[::-1], current),
        "found": found,
        "measured": measured,
    }


def _runs(space: TenantSpace, jobs: Jobs) -> list[Run]:
    return [jobs.followed(space, one) for one in islice(space.runs.newest_first(), RUNS)]


def _catalog(live: LiveTenant) -> dict[str, int]:
    """How many items are described, and how many of them may be shown now."""
    view = live.loaded.catalog
    listed = int(view.is_listed[view.newest].sum())
    return {"listed": listed, "hidden": len(view.newest) - listed}
