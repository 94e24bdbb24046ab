"""
What FastAPI endpoints are given: the caller and the tenant's space, decided by the front door.

An endpoint has nothing to ask for a second tenant with.
"""

import socket
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Depends, Path, Request

from recommender_api.errors import AdminRequired, KeyMissing, MethodNotAllowed, RouteUnknown
from recommender_store.author import Author
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.errors import TenantUnknown
from recommender_store.tenants.identity import LENGTH_LIMIT, SHAPE

from .caller import Caller

TENANT_ID: dict[str, Any] = {
    "minLength": 2,
    "maxLength": LENGTH_LIMIT,
    "pattern": f"^{SHAPE.pattern}$",
}
"""Told in OpenAPI, and decided by `parse_tenant_id`."""
TENANT_IN_PATH = Path(description="The tenant's id.", json_schema_extra=TENANT_ID)


def current_caller(request: Request) -> Caller:
    caller = getattr(request.state, "caller", None)
    if not isinstance(caller, Caller):
        raise KeyMissing
    return caller


def current_admin(request: Request) -> Caller:
    caller = current_caller(request)
    if not caller.is_admin:
        raise AdminRequired
    return caller


def current_author(request: Request) -> Author:
    """Who a change is written down for, and from where."""
    caller = current_caller(request)
    host = request.client.host if request.client else socket.gethostname()
    return Author(by=caller.name, origin=host, request_id=request.state.request_id)


def current_tenant(
    request: Request,
    tenant: Annotated[str, TENANT_IN_PATH],  # noqa: ARG001 - for the documents; the front door has decided
) -> TenantSpace:
    """
    Raises:
        TenantUnknown: for an admin who names one that does not exist.
    """
    current_caller(request)
    tenant_id = request.state.tenant_id
    if tenant_id is None:  # `{tenant}:restore`, by a method that it does not know
        raise RouteUnknown
    space: TenantSpace = request.app.state.space_of(tenant_id)
    if not space.exists():
        raise TenantUnknown(tenant=tenant_id)
    return space


def _item_id(text: Annotated[str, Path(alias="item_id")]) -> str:
    return unquote(text)


def _user_id(text: Annotated[str, Path(alias="user_id")]) -> str:
    return unquote(text)


def _session_id(text: Annotated[str, Path(alias="session_id")]) -> str:
    return unquote(text)


def _placement(text: Annotated[str, Path(alias="placement")]) -> str:
    return unquote(text)


def _placement_id(text: Annotated[str, Path(alias="placement")]) -> str:
    placement = unquote(text)
    if placement.endswith(":recommend"):
        # The route that answers lies at the same depth, and is known by another method.
        raise MethodNotAllowed(["POST"])
    return placement


def _rule_id(text: Annotated[str, Path(alias="rule_id")]) -> str:
    return unquote(text)


def _recommendation_id(text: Annotated[str, Path(alias="recommendation_id")]) -> str:
    return unquote(text)


def _experiment(text: Annotated[str, Path(alias="experiment")]) -> str:
    return unquote(text)


def _key_id(text: Annotated[str, Path(alias="key_id")]) -> str:
    return unquote(text)


def _version(text: Annotated[str, Path(alias="version")]) -> str:
    return unquote(text)


def _run_id(text: Annotated[str, Path(alias="run_id")]) -> str:
    return unquote(text)


CurrentCaller = Annotated[Caller, Depends(current_caller)]
CurrentAuthor = Annotated[Author, Depends(current_author)]
CurrentTenant = Annotated[TenantSpace, Depends(current_tenant)]

# A path is routed as it was sent, so that a slash may belong to an id; ids are decoded here.
PathItemId = Annotated[str, Depends(_item_id)]
PathUserId = Annotated[str, Depends(_user_id)]
PathSessionId = Annotated[str, Depends(_session_id)]
PathPlacement = Annotated[str, Depends(_placement)]
PathPlacementId = Annotated[str, Depends(_placement_id)]
PathRuleId = Annotated[str, Depends(_rule_id)]
PathRecommendationId = Annotated[str, Depends(_recommendation_id)]
PathExperimentId = Annotated[str, Depends(_experiment)]
PathKeyId = Annotated[str, Depends(_key_id)]
PathVersion = Annotated[str, Depends(_version)]
PathRunId = Annotated[str, Depends(_run_id)]
