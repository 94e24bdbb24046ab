"""
Who did what: for platform admins of everybody, for a tenant's `manage` of itself.
"""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from recommender_api.access.current import CurrentTenant, current_admin
from recommender_api.exchange.json_route import JsonRoute
from recommender_store.audit.audit import Listed, Wanted

from .deciding import Page, cursor_of, number_in

router = APIRouter(tags=["audit"], route_class=JsonRoute)


class AuditPage(Page):
    """Which entries."""

    actor: str | None = Field(default=None, description="Who did it, as `by` tells.")
    kind: str | None = Field(default=None, description="`key.revoked`, or `key` for all of them.")
    day: date | None = Field(default=None, description="One UTC day, `YYYY-MM-DD`.")


class PlatformAuditPage(AuditPage):
    """Which entries of whom."""

    tenant: str | None = None


@router.get("/v1/audit", dependencies=[Depends(current_admin)])
def list_audit(page: Annotated[PlatformAuditPage, Query()], request: Request) -> dict[str, Any]:
    """The newest first. A page may hold fewer than `limit`, or none, and still have a `cursor`."""
    wanted = Wanted(page.tenant, page.actor, page.kind, page.day)
    return _told(request.app.state.store.audit.page(wanted, page.limit, number_in(page.cursor)))


@router.get("/v1/tenants/{tenant}/audit")  # noqa: FAST003 - the front door has decided it
def list_tenant_audit(page: Annotated[AuditPage, Query()], space: CurrentTenant) -> dict[str, Any]:
    """The tenant's own; pages as those of the platform."""
    wanted = Wanted(None, page.actor, page.kind, page.day)
    return _told(space.audit.page(wanted, page.limit, number_in(page.cursor)))


def _told(listed: Listed) -> dict[str, Any]:
    cursor = None if listed.before is None else cursor_of(str(listed.before))
    return {"entries": listed.entries, "cursor": cursor}
