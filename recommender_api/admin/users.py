"""
A user's rights: to see what is held, to be forgotten, and to see that it was done.
"""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, ValidationError

from recommender_api.access.current import CurrentAuthor, CurrentTenant, PathUserId
from recommender_api.errors import FieldFault, RequestInvalid
from recommender_api.exchange.field_faults import field_faults
from recommender_api.exchange.json_route import JsonRoute
from recommender_api.ingest.identify import Id
from recommender_store.author import Author
from recommender_store.care.forgetting import order
from recommender_store.erasures.receipt import Receipt
from recommender_store.event_log.of_user import Place
from recommender_store.tenant_space import TenantSpace

from .deciding import Page, cursor_of, read_cursor

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["users"], route_class=JsonRoute)


class NamedUser(BaseModel):
    """Who is meant."""

    model_config = ConfigDict(extra="forbid")

    user_id: Id


def _receipt_id(text: Annotated[str, Path(alias="receipt_id")]) -> str:
    return unquote(text)


class EventsPage(Page):
    """Which part of a user's events, and of whom."""

    user_id: Id


@router.get("/users/{user_id}/events")
def list_events(
    user_id: PathUserId, page: Annotated[Page, Query()], space: CurrentTenant
) -> dict[str, Any]:
    """Everything that the log holds of the user, oldest first, those of joined sessions too."""
    return _page(space, _named(user_id).user_id, page)


@router.post("/users:events")
def list_named_events(body: EventsPage, space: CurrentTenant) -> dict[str, Any]:
    """The same, with the user's id in the body."""
    return _page(space, body.user_id, body)


@router.delete("/users/{user_id}", status_code=202)
async def erase_user(
    user_id: PathUserId, request: Request, space: CurrentTenant, author: CurrentAuthor
) -> Receipt:
    """Everything of the user goes for good; `GET /erasures/{id}` tells how far that has come."""
    return await _asked(request, space, author, _named(user_id))


@router.post("/users:erase", status_code=202)
async def erase_named_user(
    body: NamedUser, request: Request, space: CurrentTenant, author: CurrentAuthor
) -> Receipt:
    """The same, with the user's id in the body."""
    return await _asked(request, space, author, body)


@router.get("/erasures/{receipt_id}")
def show_erasure(receipt_id: Annotated[str, Depends(_receipt_id)], space: CurrentTenant) -> Receipt:
    """How far an erasure has come, place by place; it names the user by digest alone."""
    return space.erasures.find(receipt_id)


async def _asked(request: Request, space: TenantSpace, author: Author, who: NamedUser) -> Receipt:
    state = request.app.state
    receipt = await asyncio.to_thread(order, space, who.user_id, author)
    state.eraser.wake(space.tenant_id)
    await state.shelf.refresh_forgotten(space.tenant_id)
    return receipt


def _page(space: TenantSpace, user_id: str, page: Page) -> dict[str, Any]:
    held_as = space.held_as(user_id)
    before_ms = space.erasures.hidden_before(space.digests_of("user", held_as))
    since = None if before_ms is None else datetime.fromtimestamp(before_ms / 1000, UTC)
    told = space.events.page_of_user(held_as, page.limit, _place_in(page.cursor), since)
    for event in told.events:
        if event.get("user_id") == held_as:
            event["user_id"] = user_id
    cursor = None
    if told.after is not None:
        cursor = cursor_of(f"{told.after.occurred_at.isoformat()} {told.after.event_id}")
    return {"events": told.events, "cursor": cursor}


def _place_in(cursor: str | None) -> Place | None:
    at, _, event_id = read_cursor(cursor).partition(" ")
    if not at:
        return None
    try:
        return Place(datetime.fromisoformat(at).astimezone(UTC), event_id)
    except (ValueError, OverflowError) as error:
        detail = "take it from the page before, as it is"
        raise RequestInvalid([FieldFault("/cursor", "cursor_invalid", detail)]) from error


def _named(user_id: str) -> NamedUser:
    """
    Raises:
        RequestInvalid: where it can be nobody's id.
    """
    try:
        return NamedUser.model_validate({"user_id": user_id})
    except ValidationError as error:
        known: Any = NamedUser.model_fields
        raise RequestInvalid([*field_faults(error.errors(), known)]) from error
