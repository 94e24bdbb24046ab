"""
The ingest routes as OpenAPI shows them. The front door answers them before they get here; these
answer the same, from the same functions.
"""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from loggers_sdk.events import EVENTS_PER_BATCH_LIMIT
from loggers_sdk.wire import SDK_HEADER
from recommender_api.access.current import CurrentTenant, PathSessionId
from recommender_api.exchange.documented import body_of, body_of_many, query_of
from recommender_store.tenant_space import TenantSpace

from .identify import Id, IdentifyBody, IdentifySessionBody
from .query import EventsQuery, reads_validate_only

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["events"])


class EventBody(BaseModel):
    """One event; `docs/events.md` tells every field."""

    model_config = ConfigDict(extra="forbid")

    event_id: Id
    kind: str
    occurred_at: str
    user_id: Id | None = None
    session_id: Id | None = None
    item_id: Id | None = None
    items: list[Id] | None = None
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
    answer: dict[str, Any] = await intake.accept(
        await request.body(), validate_only=validate_only, sdk=request.headers.get(SDK_HEADER)
    )
    return answer


@router.post(
    "/sessions/{session_id}:identify",
    status_code=202,
    response_model=Verdict,
    openapi_extra=query_of(EventsQuery) | body_of(IdentifyBody),
)
async def identify(
    session_id: PathSessionId, request: Request, space: CurrentTenant
) -> dict[str, Any]:
    """What the session did without a user is the user's; the last join wins from its time on."""
    return await _joined(request, space, session_id)


@router.post(
    "/sessions:identify",
    status_code=202,
    response_model=Verdict,
    openapi_extra=query_of(EventsQuery) | body_of(IdentifySessionBody),
)
async def identify_session(request: Request, space: CurrentTenant) -> dict[str, Any]:
    """The same, with the session's id in the body."""
    return await _joined(request, space, None)


async def _joined(request: Request, space: TenantSpace, session_id: str | None) -> dict[str, Any]:
    validate_only = reads_validate_only(request.scope["query_string"])
    live = await request.app.state.shelf.get(space.tenant_id)
    intake = request.app.state.intakes.of(live)
    answer: dict[str, Any] = await intake.identify(
        await request.body(), session_id, validate_only=validate_only
    )
    return answer
