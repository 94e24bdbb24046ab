"""
Who a tenant is.

`TenantId` is made here and nowhere else. Ids are lower-case ASCII, so that two tenants can
never collide by case or by Unicode form, and so that an id is safe in a key, a path and a label.
"""

import re
from typing import NewType

from .errors import TenantIdInvalid

TenantId = NewType("TenantId", str)

SHAPE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
LENGTH_LIMIT = 63
"""A DNS label: a tenant's id names Kubernetes objects too."""


def parse_tenant_id(text: str) -> TenantId:
    """
    The id that `text` spells.

    Raises:
        TenantIdInvalid: for anything but lower-case letters, digits and single inner hyphens.
    """
    if 2 <= len(text) <= LENGTH_LIMIT and SHAPE.fullmatch(text):
        return TenantId(text)
    raise TenantIdInvalid(tenant=text)
