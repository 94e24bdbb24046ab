"""
A tenant's quotas, and what is used of each just now: shown to its people, changed by admins.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from recommender_api.access.current import current_author
from recommender_api.admin import quotas
from recommender_api.console.access.forms import figure_in
from recommender_api.console.look.formats import count, number, size
from recommender_api.console.look.pages import page
from recommender_api.console.tenant_pages import Visited, led_to, visited
from recommender_api.errors import RequestInvalid
from recommender_api.exchange.field_faults import field_faults
from recommender_api.launch.jobs import Jobs
from recommender_api.problems import STATUS
from recommender_api.serving.live_tenant import LiveTenant
from recommender_api.serving.weight import bundle_bytes
from recommender_store.runs.record import UNDER_WAY
from recommender_store.runs.spent import begun_between, begun_on, duration_s
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.quotas import Quotas

LOOKED_BACK = timedelta(days=7)
"""No training that is under way began earlier."""
_WORKER = "at this worker"


@dataclass(frozen=True)
class Held:
    """One quota, and what is used of it; None: nobody can tell."""

    name: str
    label: str
    limit: float | None
    used: float | None
    told: str
    """The use, in words."""

    @property
    def share(self) -> float | None:
        """Of the limit, 1 at the most; None where there is none, or nothing to compare."""
        if self.limit is None or self.used is None:
            return None
        return min(self.used / self.limit, 1.0) if self.limit else 1.0

    @property
    def shown_limit(self) -> str:
        if self.limit is None:
            return "without limit"
        return size(self.limit) if "bytes" in self.name else number(self.limit)


async def show_quotas(request: Request) -> Response:
    return await _shown(request, await visited(request))


async def change_quotas(request: Request) -> Response:
    """All of them, as they stand in the form."""
    there = await visited(request, is_for_admins=True)
    form = request.state.form
    try:
        wanted = Quotas.model_validate({one: figure_in(form[one]) for one in Quotas.model_fields})
    except ValidationError as error:
        found = field_faults(error.errors(), Quotas.model_fields)
        return await _shown(request, there, {one.pointer[1:]: one.detail for one in found})
    await quotas.put_quotas(wanted, request, there.space, current_author(request))
    return led_to(there.space.tenant_id, "/quotas", "quotas-saved")


async def _shown(
    request: Request, there: Visited, faults: Mapping[str, str] | None = None
) -> Response:
    state, space = request.app.state, there.space
    live = await state.shelf.get(space.tenant_id)
    await state.meters.write(space.tenant_id)
    used = await asyncio.to_thread(_used, space, live, state.jobs)
    limits = there.settings.quotas.model_dump()
    form = request.state.form
    return page(
        request,
        "quotas.html",
        status=STATUS[RequestInvalid.code] if faults else 200,
        tenant=there.settings,
        held=[
            Held(name, label, limits[name], *used.get(name, (None, "")))
            for name, label in _LABELS.items()
        ],
        sent={one: form[one] if faults else _plain(limits[one]) for one in limits},
        faults=faults or {},
    )


_LABELS = {
    "requests_per_s": "Requests a second",
    "events_per_s": "Events a second",
    "event_bytes_per_day": "Bytes of events a day",
    "events_per_user_per_minute": "Events of one user a minute",
    "items": "Items in the catalog",
    "artifact_bytes": "Bytes of models in the store",
    "shelf_share": "Share of a worker's memory",
    "training_minutes_per_day": "Minutes of training a day",
    "concurrent_trainings": "Trainings at once",
}


def _used(space: TenantSpace, live: LiveTenant, jobs: Jobs) -> dict[str, tuple[float, str]]:
    """By quota: how much, and in words."""
    now = datetime.now(UTC)
    pages, _ = space.usage.pages([now.date().isoformat()])
    event_bytes = sum(one.event_bytes for one in pages)
    artifact_bytes = space.models.size_bytes()
    demand = live.account.allowance.demand
    used: dict[str, tuple[float, str]] = {
        "requests_per_s": (demand.requests, f"{demand.requests:.1f} {_WORKER}"),
        "events_per_s": (demand.events, f"{demand.events:.1f} {_WORKER}"),
        "event_bytes_per_day": (event_bytes, f"{size(event_bytes)} today"),
        "items": (live.item_count, count(live.item_count)),
        "artifact_bytes": (artifact_bytes, size(artifact_bytes)),
    }
    return used | dict(_memory(live)) | dict(_trainings(space, jobs, now))


def _memory(live: LiveTenant) -> Iterator[tuple[str, tuple[float, str]]]:
    shelf_bytes = live.account.shelf_bytes
    if shelf_bytes:
        held = bundle_bytes(live.loaded.bundle)
        yield "shelf_share", (held / shelf_bytes, f"{size(held)} of {size(shelf_bytes)}")


def _trainings(
    space: TenantSpace, jobs: Jobs, now: datetime
) -> Iterator[tuple[str, tuple[float, str]]]:
    runs = list(begun_between(space.runs, (now - LOOKED_BACK).date(), now.date()))
    minutes = sum(duration_s(run) for run in runs if begun_on(run) == now.date()) / 60
    yield "training_minutes_per_day", (minutes, f"{minutes:.1f} today")
    under_way = sum(jobs.followed(space, run).status in UNDER_WAY for run in runs)
    yield "concurrent_trainings", (under_way, f"{under_way} under way")


def _plain(value: Any) -> str:
    """As it is typed; nothing: without limit."""
    return "" if value is None else f"{value:.15g}"
