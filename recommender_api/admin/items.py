"""
A tenant's catalog: items put, changed, read, taken away, imported.
"""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from fastapi import APIRouter, Request, Response

from recommender_api.access.current import CurrentAuthor, CurrentTenant, PathItemId
from recommender_api.errors import (
    BodyMalformed,
    FieldFault,
    ItemUnknown,
    QuotaFull,
    RequestInvalid,
)
from recommender_api.exchange.asgi import parse_json
from recommender_api.exchange.documented import lines_of
from recommender_api.exchange.json_route import JsonRoute
from recommender_api.serving.live_tenant import LiveTenant
from recommender_store.audit.deeds import Deed
from recommender_store.catalog.log import ItemFields
from recommender_store.tenant_space import TenantSpace

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["catalog"], route_class=JsonRoute)

Fields = dict[str, Any]
QUOTA = "items"
T = TypeVar("T")


@router.put("/items/{item_id}")
async def put_item(
    item_id: PathItemId, fields: Fields, request: Request, space: CurrentTenant
) -> Fields:
    """The item as a whole: what is not sent is taken away."""
    items = [ItemFields(item_id, fields)]
    await _check_room(request, space, item_id)
    await _changed(request, space, lambda: space.catalog.write(items, replaces=True))
    return {"item_id": item_id}


@router.patch("/items/{item_id}")
async def patch_item(
    item_id: PathItemId, fields: Fields, request: Request, space: CurrentTenant
) -> Fields:
    """Only the fields sent; null takes one away."""
    await _check_room(request, space, item_id)
    await _changed(request, space, lambda: space.catalog.write([ItemFields(item_id, fields)]))
    return {"item_id": item_id}


@router.get("/items/{item_id}")
async def get_item(item_id: PathItemId, request: Request, space: CurrentTenant) -> Fields:
    live = await request.app.state.shelf.get(space.tenant_id)
    item = live.item(item_id)
    if item is None:
        raise ItemUnknown(item_id)
    return {"item_id": item_id, **item}


@router.delete("/items/{item_id}", status_code=204)
async def delete_item(item_id: PathItemId, request: Request, space: CurrentTenant) -> Response:
    """The item is in no answer any more."""
    await _changed(request, space, lambda: space.catalog.remove(item_id))
    return Response(status_code=204)


@router.post("/items:import", openapi_extra=lines_of("One item a line, with its `item_id`."))
async def import_items(
    request: Request, space: CurrentTenant, author: CurrentAuthor
) -> dict[str, Any]:
    """JSON lines, each an item with its `item_id`; good lines are kept beside bad ones."""
    body = await request.body()
    live = await request.app.state.shelf.get(space.tenant_id)
    good, rejected = await _changed(request, space, lambda: _write_lines(live, body))
    refused = sum(one["code"] == QuotaFull.code for one in rejected)
    if refused:
        request.app.state.dues.count_refused(space.tenant_id, QUOTA, refused)
    told = {"items": good, "left_out": len(rejected)}
    await asyncio.to_thread(space.audit.tell, Deed("items.imported"), author, told)
    return {"accepted": good, "rejected": rejected}


async def _check_room(request: Request, space: TenantSpace, item_id: str) -> None:
    """
    Raises:
        QuotaFull: where it is a new item, and one too many.
    """
    live = await request.app.state.shelf.get(space.tenant_id)
    if await asyncio.to_thread(live.items_beyond, [item_id]):
        raise _full(live)


def _full(live: LiveTenant) -> QuotaFull:
    quotas = live.account.allowance.quotas
    limit = 0 if quotas is None or quotas.items is None else quotas.items
    return QuotaFull(QUOTA, limit, live.item_count)


async def _changed(request: Request, space: TenantSpace, change: Callable[[], T]) -> T:
    """Make a change durable, tell the other replicas, and know it here before the answer goes."""
    result = await asyncio.to_thread(change)
    await asyncio.to_thread(space.announce, "catalog")
    await request.app.state.shelf.refresh_catalog(space.tenant_id)
    return result


class _Line(NamedTuple):
    number: int
    item: ItemFields


def _write_lines(live: LiveTenant, body: bytes) -> tuple[int, list[dict[str, Any]]]:
    """How many lines were kept, and which were not."""
    lines, rejected = [], []
    for number, text in enumerate(body.splitlines(), start=1):
        if not text.strip():
            continue
        try:
            lines.append(_Line(number, _item(text)))
        except (RequestInvalid, BodyMalformed) as error:
            rejected.append({"line": number, "code": error.code, "detail": str(error)})
    beyond = live.items_beyond([line.item.item_id for line in lines])
    if beyond:
        full = str(_full(live))
        rejected += [
            {"line": line.number, "code": QuotaFull.code, "detail": full}
            for line in lines
            if line.item.item_id in beyond
        ]
        lines = [line for line in lines if line.item.item_id not in beyond]
    written, refused = live.space.catalog.write_fitting(line.item for line in lines)
    rejected += [
        {"line": lines[one.place].number, "code": one.error.code, "detail": str(one.error)}
        for one in refused
    ]
    return written, sorted(rejected, key=lambda one: one["line"])


def _item(line: bytes) -> ItemFields:
    raw = parse_json(line)
    if not isinstance(raw, dict) or not isinstance(raw.get("item_id"), str):
        fault = FieldFault("/item_id", "field_missing", "each line is an object with its item_id")
        raise RequestInvalid([fault])
    return ItemFields(raw.pop("item_id"), raw)
