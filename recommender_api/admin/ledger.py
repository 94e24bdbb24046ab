"""
The ledger of a tenant's events: what was offered, received, kept and trained on, and whether it
adds up.
"""

import asyncio
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from recommender_api.access.current import CurrentTenant
from recommender_api.accounting.days import days_asked
from recommender_api.accounting.document import LedgerDocument
from recommender_api.accounting.statement import DAYS_LIMIT, draw_up
from recommender_api.errors import FieldFault, RequestInvalid

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["events"])


class LedgerQuery(BaseModel):
    """Which days, by receipt in UTC; the last seven where nothing is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date | None = Field(default=None, description="One day, `YYYY-MM-DD`.")
    days: int | None = Field(default=None, ge=1, le=DAYS_LIMIT, description="The last so many.")
    count: bool = Field(default=False, description="Count the rows of every Parquet file.")


@router.get("/events:ledger")
async def show_ledger(
    request: Request, space: CurrentTenant, asked: Annotated[LedgerQuery, Query()]
) -> LedgerDocument:
    """What this replica counted is written down first."""
    if asked.day is not None and asked.days is not None:
        raise RequestInvalid([FieldFault("/day", "ambiguous", "give a day or days, not both")])
    await request.app.state.tallies.write(space.tenant_id)
    days = days_asked(asked.day, asked.days, datetime.now(UTC).date())
    return await asyncio.to_thread(draw_up, space, days, count=asked.count)
