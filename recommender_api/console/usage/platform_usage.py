"""
What every tenant used, for platform admins: sorted by what costs most, as a table and as CSV.

Of a thousand tenants that is thousands of small records: they are read behind the page, which
shows what was read last, and loads itself again while there is nothing yet.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pydantic import ValidationError
from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import Response

from recommender_api.access.current import current_admin
from recommender_api.console.look.pages import page
from recommender_api.usage.document import UsageDocument
from recommender_api.usage.statement import days_between, draw_up
from recommender_store.errors import StoreError
from recommender_store.tenants.errors import TenantUnknown

from .usage import sheet

SPANS = (1, 7, 30)
"""Days, up to today."""
SPAN = 7
PATIENCE_S = 0.15
FRESH_S = 300.0
RESTS = 1.0
"""After each tenant, so many times as long as it took: others are answered in between."""
LOOK_AGAIN_S = 2
SHOWN = 200
"""Tenants on the page; the file has all of them."""

ORDERS: dict[str, Callable[[UsageDocument], float]] = {
    "cost": lambda one: one.total.cost.total if one.total.cost else 0.0,
    "requests": lambda one: one.total.requests,
    "answers": lambda one: sum(one.total.answers.values()),
    "events": lambda one: one.total.events,
    "stored": lambda one: one.total.stored_bytes,
    "training": lambda one: one.total.training_cpu_s,
    "memory": lambda one: one.total.shelf_gb_h,
}


class Drawn(NamedTuple):
    """What was read, and when."""

    documents: list[UsageDocument]
    faults: list[str]
    at_s: float


@dataclass
class _Sheet:
    """Of one span of days: what is shown, and what is being read."""

    drawn: Drawn | None = None
    drawing: "asyncio.Task[Drawn] | None" = None


class PlatformUsage:
    """Of one worker; each span is read every five minutes at the most, by one thread."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._sheets = {span: _Sheet() for span in SPANS}
        self._turn = asyncio.Lock()

    async def drawn(self, span: int, patience_s: float | None = PATIENCE_S) -> Drawn | None:
        """
        The newest there is, None where there is nothing yet; without `patience_s` it waits until
        there is.
        """
        one = self._sheets[span]
        is_stale = one.drawn is None or time.monotonic() - one.drawn.at_s > FRESH_S
        if one.drawing is None and is_stale:
            one.drawing = asyncio.create_task(self._draw(span))
        if one.drawing is not None and (one.drawn is None or patience_s is None):
            await asyncio.wait([one.drawing], timeout=patience_s)
        if one.drawing is not None and one.drawing.done():
            drawing, one.drawing = one.drawing, None
            one.drawn = drawing.result()
        return one.drawn

    async def _draw(self, span: int) -> Drawn:
        async with self._turn:
            return await asyncio.to_thread(self._read, span)

    def _read(self, span: int) -> Drawn:
        """What cannot be read of one tenant hides no other."""
        state, now = self._state, datetime.now(UTC)
        days = days_between(now.date() - timedelta(days=span - 1), now.date(), now.date())
        documents, faults = [], []
        for tenant_id in state.store.tenant_ids():
            began_s = time.monotonic()
            try:
                with suppress(TenantUnknown):  # deleted
                    documents.append(draw_up(state.space_of(tenant_id), days, state.prices, now))
            except StoreError as error:
                faults.append(f"{tenant_id}: {error}")
            except ValidationError as error:
                faults.append(f"{tenant_id}: a run's record cannot be read: {error.title}")
            time.sleep(RESTS * (time.monotonic() - began_s))
        return Drawn(documents, faults, time.monotonic())


async def show(request: Request) -> Response:
    current_admin(request)
    span, order = _asked(request)
    drawn = await request.app.state.platform_usage.drawn(span)
    documents = [] if drawn is None else sorted(drawn.documents, key=ORDERS[order], reverse=True)
    response = page(
        request,
        "platform_usage.html",
        drawn=drawn,
        documents=documents[:SHOWN],
        total=_total(documents),
        more=max(0, len(documents) - SHOWN),
        age_s=None if drawn is None else time.monotonic() - drawn.at_s,
        span=span,
        spans=SPANS,
        order=order,
        orders=[one for one in ORDERS if one != "cost" or request.app.state.prices is not None],
        currency=None if request.app.state.prices is None else request.app.state.prices.currency,
    )
    if drawn is None:
        response.headers["refresh"] = str(LOOK_AGAIN_S)
    return response


async def download(request: Request) -> Response:
    """Of all tenants; whoever asks first waits for it."""
    current_admin(request)
    span, order = _asked(request)
    drawn = await request.app.state.platform_usage.drawn(span, patience_s=None)
    documents = sorted(drawn.documents, key=ORDERS[order], reverse=True)
    return sheet(documents, f"usage-{datetime.now(UTC).date()}-{span}-days.csv")


def _asked(request: Request) -> tuple[int, str]:
    """Which days and which order; what nobody offered is as if nothing was said."""
    days, by = (request.query_params.get(name, "") for name in ("days", "by"))
    usual = "requests" if request.app.state.prices is None else "cost"
    span = next((one for one in SPANS if str(one) == days), SPAN)
    return span, by if by in ORDERS else usual


def _total(documents: list[UsageDocument]) -> dict[str, Any]:
    return {name: sum(map(figure, documents)) for name, figure in ORDERS.items()}
