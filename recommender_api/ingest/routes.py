"""
The events route as OpenAPI shows it. The front door answers it before it gets here; this answers
the same, from the same function.
"""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from loggers_sdk.events import EVENTS_PER_BATCH_LIMIT
from recommender_api.access.current import CurrentTenant
from recommender_api.exchange.documented import body_of_many, query_of

from .query import EventsQuery, reads_validate_only

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["events"])


class EventBody(BaseModel):
    """One event; `docs/events.md` tells every field."""

    event_id: str
    kind: str
    occurred_at: str
    user_id: str | None = None
    session_id: str | None = None
    item_id: str | None = None
    items: list[str] | None = None
    quantity: float | None = None
    value: float | None = None
    recommendation_id: str | None = None
    placement: str | None = None
    position: int | None = None
    attributes: dict[str, Any] | None = None


class Rejection(BaseModel):
    """One event that was not taken, and why."""

    index: int
    event_id: str | None
    code: str
    detail: str


class Verdict(BaseModel):
    """What became of a batch."""

    accepted: int
    duplicates: int
    rejected: list[Rejection]


@router.post(
    "/events",
    status_code=202,
    response_model=Verdict,
    openapi_extra=query_of(EventsQuery) | body_of_many("events", EventBody, EVENTS_PER_BATCH_LIMIT),
)
async def send_events(request: Request, space: CurrentTenant) -> dict[str, Any]:
    """202 when every accepted event is durable; one bad event never spoils its batch."""
    validate_only = reads_validate_only(request.scope["query_string"])
    live = await request.app.state.shelf.get(space.tenant_id)
    intake = request.app.state.intakes.of(live)
    answer: dict[str, Any] = await intake.accept(await request.body(), validate_only=validate_only)
    return answer
