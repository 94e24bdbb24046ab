"""
A tenant's keys: made, listed and revoked by platform admins, as by REST. A tenant's people see
the one that they are signed in with, and rotate it.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from recommender_api.access.current import current_author, current_caller
from recommender_api.admin import keys
from recommender_api.admin.keys import NewKeyBody, Rotation
from recommender_api.console.access.forms import figure_in
from recommender_api.console.look.pages import page, status_beside
from recommender_api.console.tenant_pages import Visited, led_to, visited
from recommender_api.errors import ApiError, RequestInvalid
from recommender_api.exchange.field_faults import field_faults
from recommender_api.problems import STATUS
from recommender_store.errors import StoreError
from recommender_store.tenants.keys import SCOPES, KeyRecord

_SENTENCES = {
    "/name": "give it a name: whose is it, for what?",
    "/scopes": "tick what it may do",
    "/expires_at": "a whole number of days, from 1 to 3650, or nothing",
}
"""What the fields of the form are told, by pointer."""


async def list_keys(request: Request) -> Response:
    return await _listed(request, await visited(request))


async def create_key(request: Request) -> Response:
    """The secret is on this page and nowhere else, ever."""
    there = await visited(request, is_for_admins=True)
    form = request.state.form
    try:
        body = NewKeyBody.model_validate(
            {
                "name": form["name"].strip(),
                "scopes": form.all("scopes"),
                "expires_at": _expiry(form["days"].strip()),
            }
        )
        author = current_author(request)
        made = await asyncio.to_thread(keys.create_key, body, there.space, author)
    except ValidationError as error:
        found = field_faults(error.errors(), NewKeyBody.model_fields)
        faults = {one.pointer: _SENTENCES.get(one.pointer, one.detail) for one in found}
        return await _listed(request, there, faults=faults)
    except StoreError as error:
        return await _listed(request, there, error=error)
    return await _listed(request, there, made=made)


async def rotate_key(request: Request) -> Response:
    """A key that follows another; its secret too is on this page alone."""
    there = await visited(request)
    form = request.state.form
    try:
        body = Rotation.model_validate({"grace_hours": figure_in(form["grace_hours"])})
        author, caller = current_author(request), current_caller(request)
        made = await asyncio.to_thread(
            keys.rotate_key, form["key_id"], request, there.space, author, caller, body
        )
    except ValidationError:
        sentence = f"hours that both live: from 0 to {keys.GRACE_HOURS_LIMIT:,}"
        return await _listed(request, there, faults={"/grace_hours": sentence})
    except (ApiError, StoreError) as error:
        return await _listed(request, there, error=error)
    return await _listed(request, there, made=made)


async def revoke_key(request: Request) -> Response:
    there = await visited(request, is_for_admins=True)
    author, key_id = current_author(request), request.state.form["key_id"]
    await asyncio.to_thread(keys.revoke_key, key_id, request, there.space, author)
    return led_to(there.space.tenant_id, "/keys", "revoked")


def _expiry(days: str) -> datetime | str | None:
    """In so many days; what is no such number is handed on, to be refused."""
    if not days:
        return None
    is_number = days.isascii() and days.isdigit() and 0 < int(days) <= 3650
    return datetime.now(UTC) + timedelta(days=int(days)) if is_number else "never"


async def _listed(
    request: Request,
    there: Visited,
    *,
    faults: Mapping[str, str] | None = None,
    error: ApiError | StoreError | None = None,
    made: dict[str, Any] | None = None,
) -> Response:
    refused = STATUS[RequestInvalid.code] if faults else status_beside(error)
    return page(
        request,
        "keys.html",
        status=201 if made else refused,
        tenant=there.settings,
        keys=await asyncio.to_thread(_seen_by, request, there),
        uses=await asyncio.to_thread(there.space.key_uses.last),
        now=datetime.now(UTC),
        grace_hours=f"{Rotation().grace_hours:g}",
        scopes=SCOPES,
        faults=faults or ({} if error is None else {"": str(error)}),
        made=made,
        sent=request.state.form,
    )


def _seen_by(request: Request, there: Visited) -> list[KeyRecord]:
    """All of them for admins, else the caller's own."""
    caller = current_caller(request)
    records = there.space.keys.records()
    if caller.is_admin:
        return records
    return [one for one in records if caller.name == f"key:{one.key_id}"]
