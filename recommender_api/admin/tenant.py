"""
Platform admins: one tenant, its settings and its end.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import ValidationError

from recommender_api.access.current import CurrentAuthor, CurrentTenant, current_admin
from recommender_api.errors import FieldFault, RequestInvalid, pointer_to
from recommender_api.exchange.documented import body_of
from recommender_api.exchange.field_faults import field_faults
from recommender_api.exchange.json_route import JsonRoute
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.settings import TenantSettings

from .deciding import IfMatch, sent

router = APIRouter(
    prefix="/v1/tenants/{tenant}",
    tags=["platform"],
    route_class=JsonRoute,
    dependencies=[Depends(current_admin)],
)

Confirmed = Annotated[
    str | None, Query(description="The tenant's id once more; without it nothing is deleted.")
]


_BODY = body_of(TenantSettings)
_BODY["requestBody"]["content"]["application/json"]["schema"]["required"] = []
"""The path names the tenant; when it was made, and what is left out, need not be sent."""


def settings_of(space: TenantSpace) -> dict[str, Any]:
    """What a tenant has set, with its revision."""
    settings, revision = space.settings_revised()
    written = {
        "at": revision.written_at,
        "by": revision.written_by,
        "from": revision.written_from,
    }
    return {
        **settings.model_dump(mode="json"),
        "revision": revision.number,
        "written": written,
    }


@router.get("")
def show_tenant(space: CurrentTenant) -> dict[str, Any]:
    """What it has set; sent back by `PUT` as it is, it changes nothing."""
    return settings_of(space)


@router.put("", openapi_extra=_BODY)
async def put_tenant(
    body: Annotated[Any, Body()],
    request: Request,
    space: CurrentTenant,
    author: CurrentAuthor,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """The settings as a whole; what is left out has its default. 409 names the newest revision."""
    value, expected = sent(body, space.tenant_id, if_match)
    settings = await asyncio.to_thread(_read, value, space)
    await asyncio.to_thread(space.save_settings, settings, author=author, expected=expected)
    await asyncio.to_thread(space.announce, "settings")
    await request.app.state.shelf.refresh(space.tenant_id)
    return await asyncio.to_thread(settings_of, space)


@router.delete("")
async def delete_tenant(
    request: Request, space: CurrentTenant, author: CurrentAuthor, confirm: Confirmed = None
) -> dict[str, Any]:
    """
    Nothing of the tenant is served any more, on any replica, within a second.

    Until `restorable_until`, `POST /v1/tenants/{tenant}:restore` undoes it; then the data goes.
    """
    if confirm != space.tenant_id:
        detail = (
            f"this ends all of '{space.tenant_id}' at once: if that is meant, send it again with "
            f"?confirm={space.tenant_id}"
        )
        raise RequestInvalid([FieldFault("/confirm", "confirmation_missing", detail)])
    state = request.app.state
    deleted_at = await asyncio.to_thread(space.end, author=author)
    await asyncio.to_thread(space.announce, "tenant")
    state.doorkeeper.forget(space.tenant_id)
    await state.shelf.refresh(space.tenant_id)
    until = deleted_at + state.store.undo_within
    return {"id": space.tenant_id, "deleted_at": deleted_at, "restorable_until": until}


def _read(value: dict[str, Any], space: TenantSpace) -> TenantSettings:
    """
    What is sent, made when the tenant was.

    Raises:
        RequestInvalid: with every fault that there is.
    """
    kept = {"created_at": space.settings().created_at, "id": space.tenant_id}
    try:
        return TenantSettings.model_validate({"name": space.tenant_id, **value, **kept})
    except ValidationError as error:
        raise RequestInvalid([*_faults(error)]) from error


def _faults(error: ValidationError) -> Iterator[FieldFault]:
    """Each with the pointer to the innermost field: settings lie within settings."""
    for one in error.errors():
        innermost: Any = {**one, "loc": one["loc"][-1:]}
        for fault in field_faults([innermost], _names_below(one["loc"][:-1])):
            yield fault._replace(pointer=pointer_to(one["loc"]))


def _names_below(place: Sequence[int | str]) -> Sequence[str]:
    """What can be set at a place."""
    model: Any = TenantSettings
    for part in place:
        field = getattr(model, "model_fields", {}).get(part)
        model = field.annotation if field is not None else None
    return [*getattr(model, "model_fields", ())]
