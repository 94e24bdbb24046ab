"""
A tenant's keys: made, listed and revoked by platform admins; rotated by whoever may do as much.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from recommender_api.access.caller import Caller
from recommender_api.access.current import (
    CurrentAuthor,
    CurrentCaller,
    CurrentTenant,
    PathKeyId,
    current_admin,
)
from recommender_api.errors import Forbidden
from recommender_api.exchange.json_route import JsonRoute
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.keys import GRACE, KeyRecord, Scope

router = APIRouter(prefix="/v1/tenants/{tenant}/keys", tags=["platform"], route_class=JsonRoute)
ADMINS_ONLY = [Depends(current_admin)]

HOUR = timedelta(hours=1)
GRACE_HOURS_LIMIT = 24 * 90


class NewKeyBody(BaseModel):
    """A key to be."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    scopes: list[Scope] = Field(min_length=1)
    expires_at: AwareDatetime | None = None


class Rotation(BaseModel):
    """How one key follows another."""

    model_config = ConfigDict(extra="forbid")

    grace_hours: float = Field(default=GRACE / HOUR, ge=0, le=GRACE_HOURS_LIMIT)
    """How long the old key lives on."""


def public(record: KeyRecord, uses: Mapping[str, datetime] | None = None) -> dict[str, Any]:
    """A key without its digest."""
    used_at = (uses or {}).get(record.key_id)
    return {**record.model_dump(mode="json", exclude={"digest"}), "last_used_at": used_at}


@router.get("", dependencies=ADMINS_ONLY)
def list_keys(space: CurrentTenant) -> dict[str, Any]:
    """The revoked ones too; when each was last used is known to a minute or so."""
    uses = space.key_uses.last()
    return {"keys": [public(record, uses) for record in space.keys.records()]}


@router.post("", status_code=201, dependencies=ADMINS_ONLY)
def create_key(body: NewKeyBody, space: CurrentTenant, author: CurrentAuthor) -> dict[str, Any]:
    """The secret is shown here and never again; two live keys may have one name."""
    made = space.keys.create(body.name, body.scopes, author=author, expires_at=body.expires_at)
    space.announce("keys")
    return {**public(made.record), "secret": made.secret}


@router.delete("/{key_id}", dependencies=ADMINS_ONLY)
def revoke_key(
    key_id: PathKeyId, request: Request, space: CurrentTenant, author: CurrentAuthor
) -> dict[str, Any]:
    """Worthless on this replica at once, on the others within the second."""
    record = space.keys.revoke(key_id, author=author)
    _tell(request, space)
    return public(record)


@router.post("/{key_id}:rotate", status_code=201)
def rotate_key(
    key_id: PathKeyId,
    request: Request,
    space: CurrentTenant,
    author: CurrentAuthor,
    caller: CurrentCaller,
    body: Rotation | None = None,
) -> dict[str, Any]:
    """
    A new key of the same name and scopes; the old one opens nothing after the grace.

    A key with `manage` rotates keys that may do no more than itself, itself among them.
    """
    grace_hours = (body or Rotation()).grace_hours
    _allow(caller, space, key_id)
    made = space.keys.rotate(key_id, author=author, grace=timedelta(hours=grace_hours))
    _tell(request, space)
    old = space.keys.find(key_id)
    return {**public(made.record), "secret": made.secret, "follows": public(old)}


def _allow(caller: Caller, space: TenantSpace, key_id: str) -> None:
    """Raises Forbidden where the key may do what the caller may not."""
    beyond = set(space.keys.find(key_id).scopes) - caller.scopes
    if beyond:
        raise Forbidden(min(beyond))


def _tell(request: Request, space: TenantSpace) -> None:
    space.announce("keys")
    request.app.state.doorkeeper.forget(space.tenant_id)
