"""
What FastAPI endpoints are given: the caller and the tenant's space, decided by the front door.

An endpoint has nothing to ask for a second tenant with.
"""

import socket
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Path, Request

from recommender_api.errors import KeyMissing
from recommender_store.author import Author
from recommender_store.errors import TenantUnknown
from recommender_store.tenant_space import TenantSpace

from .caller import Caller


def current_caller(request: Request) -> Caller:
    caller = getattr(request.state, "caller", None)
    if not isinstance(caller, Caller):
        raise KeyMissing
    return caller


def current_author(request: Request) -> Author:
    """Who a change is written down for, and from where."""
    caller = current_caller(request)
    host = request.client.host if request.client else socket.gethostname()
    return Author(by=caller.name, origin=host)


def current_tenant(request: Request) -> TenantSpace:
    """
    Raises:
        TenantUnknown: for an admin who names one that does not exist.
    """
    current_caller(request)
    tenant_id = request.state.tenant_id
    space: TenantSpace = request.app.state.store.space(tenant_id)
    if not space.exists():
        raise TenantUnknown(tenant=tenant_id)
    return space


def _decoded(text: Annotated[str, Path(alias="item_id")]) -> str:
    return unquote(text)


CurrentCaller = Annotated[Caller, Depends(current_caller)]
CurrentAuthor = Annotated[Author, Depends(current_author)]
CurrentTenant = Annotated[TenantSpace, Depends(current_tenant)]
PathItemId = Annotated[str, Depends(_decoded)]
"""An id from the path: the path is routed as it was sent, so the id is decoded here."""
