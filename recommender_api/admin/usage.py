"""
What a tenant used, by day, with what it costs where the platform has prices.
"""

import asyncio
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from recommender_api.access.current import CurrentTenant
from recommender_api.errors import FieldFault, RequestInvalid
from recommender_api.usage.document import UsageDocument
from recommender_api.usage.statement import DAYS_LIMIT, days_between, draw_up

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["usage"])


class UsageQuery(BaseModel):
    """Which UTC days; the last seven where nothing is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    from_: date | None = Field(default=None, alias="from", description="The first, `YYYY-MM-DD`.")
    to: date | None = Field(
        default=None, description=f"The last, today where left out; {DAYS_LIMIT} days at the most."
    )


@router.get("/usage")
async def show_usage(
    request: Request, space: CurrentTenant, asked: Annotated[UsageQuery, Query()]
) -> UsageDocument:
    """What this worker counted is written down first; the others do so every half minute."""
    now = datetime.now(UTC)
    try:
        days = days_between(asked.from_, asked.to, now.date())
    except (ValueError, OverflowError) as error:
        raise RequestInvalid([FieldFault("/from", "range", str(error))]) from error
    await request.app.state.meters.write(space.tenant_id)
    return await asyncio.to_thread(draw_up, space, days, request.app.state.prices, now)
