"""
A tenant's keys: for platform admins, as by REST.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from recommender_api.access.current import current_author
from recommender_api.admin import keys
from recommender_api.admin.keys import NewKeyBody
from recommender_api.errors import RequestInvalid
from recommender_api.exchange.field_faults import field_faults
from recommender_api.problems import STATUS
from recommender_store.tenants.keys import SCOPES

from .pages import page
from .tenant_pages import Visited, led_to, visited

_SENTENCES = {
    "/name": "give it a name: whose is it, for what?",
    "/scopes": "tick what it may do",
    "/expires_at": "a whole number of days, from 1 to 3650, or nothing",
}
"""What the fields of the form are told, by pointer."""


async def list_keys(request: Request) -> Response:
    return await _listed(request, await visited(request, is_for_admins=True))


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
    except ValidationError as error:
        found = field_faults(error.errors(), NewKeyBody.model_fields)
        faults = {one.pointer: _SENTENCES.get(one.pointer, one.detail) for one in found}
        return await _listed(request, there, faults=faults)
    author = current_author(request)
    made = await asyncio.to_thread(keys.create_key, body, there.space, author)
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
    faults: dict[str, str] | None = None,
    made: dict[str, Any] | None = None,
) -> Response:
    return page(
        request,
        "keys.html",
        status=STATUS[RequestInvalid.code] if faults else 201 if made else 200,
        tenant=there.settings,
        keys=await asyncio.to_thread(there.space.keys.records),
        now=datetime.now(UTC),
        scopes=SCOPES,
        faults=faults or {},
        made=made,
        sent=request.state.form,
    )
