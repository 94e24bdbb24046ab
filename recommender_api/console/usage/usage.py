"""
What a tenant used, day by day, with what it costs where the platform has prices: a plot, a table,
and CSV.
"""

from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from recommender_api.admin.usage import UsageQuery, show_usage
from recommender_api.console.look.pages import HEADERS, page, status_beside
from recommender_api.console.look.plots import columns
from recommender_api.console.tenant_pages import visited
from recommender_api.errors import ApiError, RequestInvalid
from recommender_api.exchange.field_faults import field_faults
from recommender_api.usage.document import UsageDocument
from recommender_api.usage.sheet import csv_of

from .days import days_asked, label_of


async def show(request: Request) -> Response:
    space, settings = await visited(request)
    asked = days_asked(request)
    error: ApiError | None = None
    try:
        told = await _told(request, space, asked)
    except RequestInvalid as refused:
        told, error = await _told(request, space, {}), refused
    tiers = {tier: [day.answers.get(tier, 0) for day in told.days] for tier in told.total.answers}
    return page(
        request,
        "usage.html",
        status=status_beside(error),
        tenant=settings,
        usage=told,
        tiers=told.total.answers,
        plot=_plot(told, tiers),
        first=asked.get("from") or told.days[0].day,
        last=asked.get("to") or told.days[-1].day,
        fault=None if error is None else "; ".join(one.detail for one in error.faults),
    )


async def download(request: Request) -> Response:
    """The same figures for a spreadsheet."""
    space, _ = await visited(request)
    told = await _told(request, space, days_asked(request))
    name = f"usage-{space.tenant_id}-{told.days[0].day}-{told.days[-1].day}.csv"
    return sheet([told], name)


def sheet(documents: list[UsageDocument], name: str) -> Response:
    """A file to be kept."""
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return Response(csv_of(documents), headers=headers, media_type="text/csv")


async def _told(request: Request, space: Any, asked: dict[str, str]) -> UsageDocument:
    try:
        query = UsageQuery.model_validate(asked)
    except ValidationError as error:
        raise RequestInvalid([*field_faults(error.errors(), ("from", "to"))]) from error
    return await show_usage(request, space, query)


def _plot(told: UsageDocument, tiers: dict[str, list[int]]) -> Any:
    """Answers by tier; where nobody asked for any, requests; None where there were none either."""
    labels = [label_of(day.day) for day in told.days]
    series = tiers or {"requests": [day.requests for day in told.days]}
    total = sum(map(sum, series.values()))
    title = f"Answers by day and tier, {len(labels)} days, {total:,} answers"
    return columns(series, labels, title) if total else None
