"""
The events route as OpenAPI shows it. The front door answers it before it gets here; this answers
the same, from the same function.
"""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from loggers_sdk.events import EVENTS_PER_BATCH_LIMIT
from recommender_api.access.current import CurrentTenant

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


class EventBatch(BaseModel):
    """What a logger sends; gzip is accepted."""

    events: list[EventBody] = Field(max_length=EVENTS_PER_BATCH_LIMIT)


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


@router.post("/events", status_code=202, response_model=Verdict)
async def send_events(
    tenant: str,  # noqa: ARG001 - stands in the path; the space is given
    batch: EventBatch,  # noqa: ARG001 - for the documents; read from the body as it was sent
    request: Request,
    space: CurrentTenant,
    validate_only: bool = False,  # noqa: FBT001, FBT002 - a query parameter
) -> dict[str, Any]:
    """202 when every accepted event is durable; one bad event never spoils its batch."""
    live = await request.app.state.shelf.get(space.tenant_id)
    intake = request.app.state.intakes.of(live)
    answer: dict[str, Any] = await intake.accept(await request.body(), validate_only=validate_only)
    return answer
