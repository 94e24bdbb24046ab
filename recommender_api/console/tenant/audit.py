"""
Who changed what: of the platform for its admins, of a tenant for its people; and whether anybody
has changed the trail itself.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from recommender_api.access.current import current_admin
from recommender_api.admin.audit import (
    AuditPage,
    PlatformAuditPage,
    list_audit,
    list_tenant_audit,
)
from recommender_api.console.look.pages import page
from recommender_api.console.tenant_pages import Visited, visited
from recommender_api.errors import ApiError, RequestInvalid
from recommender_api.exchange.field_faults import field_faults
from recommender_api.problems import STATUS
from recommender_store.audit.changes import Change, differences
from recommender_store.audit.inspection import Inspected

ENTRIES = 50
FINDINGS = 50
FILTERS = ("tenant", "actor", "kind", "day")
KINDS = (
    "tenant",
    "settings",
    "quotas",
    "key",
    "rule",
    "placement",
    "experiment",
    "canary",
    "model",
)
"""Offered; whatever else there is can be written."""


@dataclass(frozen=True)
class _Listing:
    """Some entries, or what is wrong with what was asked for."""

    entries: Sequence[dict[str, Any]] = ()
    cursor: str | None = None
    faults: Sequence[tuple[str, str]] = ()

    @property
    def status(self) -> int:
        return STATUS[RequestInvalid.code] if self.faults else 200


async def show_platform(request: Request) -> Response:
    current_admin(request)
    listing, found = await asyncio.gather(_listed(request, None), _checked(request, None))
    return _shown(request, None, listing, found)


async def show_tenant(request: Request) -> Response:
    there = await visited(request)
    listing, found = await asyncio.gather(_listed(request, there), _checked(request, there))
    return _shown(request, there, listing, found)


async def _listed(request: Request, there: Visited | None) -> _Listing:
    asked = {name: request.query_params.get(name, "").strip() for name in (*FILTERS, "cursor")}
    given = {name: text for name, text in asked.items() if text}
    try:
        if there is None:
            wanted = PlatformAuditPage.model_validate({**given, "limit": ENTRIES})
            told = await asyncio.to_thread(list_audit, wanted, request)
        else:
            given.pop("tenant", None)
            of_tenant = AuditPage.model_validate({**given, "limit": ENTRIES})
            told = await asyncio.to_thread(list_tenant_audit, of_tenant, there.space)
    except ValidationError as error:
        faults = field_faults(error.errors(), FILTERS)
        return _Listing(faults=[(one.pointer[1:], one.detail) for one in faults])
    except ApiError as error:
        return _Listing(faults=[(one.pointer[1:], one.detail) for one in error.faults])
    return _Listing([_readable(one) for one in told["entries"]], told["cursor"])


async def _checked(request: Request, there: Visited | None) -> Inspected | None:
    """The whole trail is read, and the decisions that it tells of: where somebody asks for it."""
    if request.query_params.get("check") != "yes":
        return None
    tenant_id = None if there is None else there.space.tenant_id
    store = request.app.state.store
    found: Inspected = await asyncio.to_thread(store.check_audit, tenant_id=tenant_id)
    return found


def _shown(
    request: Request, there: Visited | None, listing: _Listing, found: Inspected | None
) -> Response:
    asked = {name: request.query_params.get(name, "").strip() for name in FILTERS}
    kept = {name: text for name, text in asked.items() if text}
    next_page = urlencode({**kept, "cursor": listing.cursor}) if listing.cursor else None
    return page(
        request,
        "audit.html",
        status=listing.status,
        tenant=None if there is None else there.settings,
        address=request.scope["path"],
        entries=listing.entries,
        faults=dict(listing.faults),
        asked=asked,
        kinds=KINDS,
        first_page=urlencode(kept),
        next_page=next_page,
        is_first=not request.query_params.get("cursor"),
        checked=found,
        findings=[] if found is None else found.findings[:FINDINGS],
    )


def _readable(entry: dict[str, Any]) -> dict[str, Any]:
    """With every changed field in a line of its own."""
    changes = entry["changes"]
    return {**entry, "changes": None if changes is None else list(_lines(changes))}


def _lines(changes: Sequence[dict[str, Any]]) -> Iterator[Change]:
    """Of a record that was changed, the fields of it that were."""
    for one in changes:
        before, after = one["before"], one["after"]
        if isinstance(before, dict) or isinstance(after, dict):
            for inner in differences(before or {}, after or {}):
                yield inner._replace(name=f"{one['name']}.{inner.name}")
        else:
            yield Change(**one)
