"""
Platform admins: the tenants there are, a new one, and one that is brought back.
"""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from recommender_api.access.current import (
    TENANT_ID,
    TENANT_IN_PATH,
    CurrentAuthor,
    current_admin,
)
from recommender_api.exchange.json_route import JsonRoute
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.errors import TenantUnknown
from recommender_store.tenants.identity import TenantId

from .deciding import Page, cursor_of, read_cursor
from .tenant import settings_of

router = APIRouter(
    prefix="/v1/tenants",
    tags=["platform"],
    route_class=JsonRoute,
    dependencies=[Depends(current_admin)],
)


class Directory(Protocol):
    """The store, as far as it tells which tenants there are."""

    @property
    def undo_within(self) -> timedelta: ...

    def space(self, tenant_id: TenantId) -> TenantSpace: ...

    def tenant_ids(self) -> list[TenantId]: ...

    def deleted_tenants(self) -> dict[TenantId, datetime]: ...


class NewTenant(BaseModel):
    """A tenant to be."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(json_schema_extra=TENANT_ID)
    name: str | None = Field(default=None, min_length=1, max_length=200)


class TenantsPage(Page):
    """Which part of the list, and of which list."""

    deleted: bool = Field(default=False, description="Those that can still be restored instead.")


@router.get("")
def list_tenants(page: Annotated[TenantsPage, Query()], request: Request) -> dict[str, Any]:
    """By id."""
    store, after = request.app.state.store, read_cursor(page.cursor)
    found = _deleted(store, after) if page.deleted else _living(store, after)
    some = list(itertools.islice(found, page.limit + 1))
    cursor = cursor_of(some[page.limit - 1]["id"]) if len(some) > page.limit else None
    return {"tenants": some[: page.limit], "cursor": cursor}


@router.post("", status_code=201)
def create_tenant(body: NewTenant, request: Request, author: CurrentAuthor) -> dict[str, Any]:
    """409 where the id is taken, or was until a deletion."""
    store = request.app.state.store
    return settings_of(store.create_tenant(body.id, body.name or body.id, author=author))


@router.post("/{tenant}:restore")
async def restore_tenant(
    tenant: Annotated[str, TENANT_IN_PATH], request: Request, author: CurrentAuthor
) -> dict[str, Any]:
    """Undo a deletion: settings, keys, log and models are what they were."""
    state = request.app.state
    space = await asyncio.to_thread(state.store.restore_tenant, tenant, author=author)
    state.doorkeeper.forget(space.tenant_id)
    return await asyncio.to_thread(settings_of, space)


def _living(store: Directory, after: str) -> Iterator[dict[str, Any]]:
    for tenant_id in store.tenant_ids():
        if tenant_id > after:
            with suppress(TenantUnknown):  # deleted
                yield store.space(tenant_id).settings().model_dump(mode="json")


def _deleted(store: Directory, after: str) -> Iterator[dict[str, Any]]:
    for tenant_id, at in store.deleted_tenants().items():
        if tenant_id > after:
            until = at + store.undo_within
            yield {"id": tenant_id, "deleted_at": at, "restorable_until": until}
