"""
Which pages a tenant has, in their order, and what is said after something was done.

A new page is a line here, one in `application.ROUTES`, a function, and a template.
"""

from typing import Any, NamedTuple

from recommender_api.access.caller import Caller
from recommender_api.console.access.sessions import PATH

DELETED = f"{PATH}/deleted"


class Section(NamedTuple):
    """A page of a tenant, or of the platform."""

    name: str
    address: str


class _Listed(NamedTuple):
    name: str
    below: str
    is_for_admins: bool = False


_SECTIONS = (
    _Listed("Overview", ""),
    _Listed("Models", "/models"),
    _Listed("Runs", "/runs"),
    _Listed("Imports", "/imports"),
    _Listed("Readiness", "/readiness"),
    _Listed("Rules", "/rules"),
    _Listed("Placements", "/placements"),
    _Listed("Experiments", "/experiments"),
    _Listed("Try it", "/try"),
    _Listed("Usage", "/usage"),
    _Listed("Quotas", "/quotas"),
    _Listed("Audit", "/audit"),
    _Listed("Keys", "/keys"),
    _Listed("Settings", "/settings", is_for_admins=True),
)
_OF_THE_PLATFORM = (
    Section("Tenants", f"{PATH}/tenants"),
    Section("Deleted", DELETED),
    Section("Usage", f"{PATH}/usage"),
    Section("Audit", f"{PATH}/audit"),
)

SAID = {
    "tenant-made": "The tenant was made. Next: a key for its service, under Keys.",
    "rule-saved": "The rule was saved, and holds from now on if it is switched on.",
    "rule-deleted": "The rule was deleted; its past is kept.",
    "rule-on": "The rule is switched on.",
    "rule-off": "The rule is switched off.",
    "placement-saved": "The placement was saved.",
    "placement-deleted": "The placement is as it was made, or gone where it was the tenant's own.",
    "promoted": "That version answers from now on.",
    "rolled-back": "The version before answers again.",
    "tenant-deleted": "The tenant was deleted; nothing of it is served any more.",
    "tenant-restored": "The tenant is back, with its settings, keys, log and models.",
    "settings-saved": "The settings were saved.",
    "quotas-saved": "The quotas were saved, and hold from now on.",
    "import-asked": "The import was asked for: this page tells how far it is.",
    "training-asked": "The training was asked for: this page tells how far it is.",
    "cancelled": "No later step of this run begins.",
    "revoked": "The key opens nothing any more.",
    "signed-out": "You are signed out.",
}
"""What an address may have a page say: these sentences and no others."""


def tenant_address(tenant_id: str, below: str = "") -> str:
    return f"{PATH}/tenants/{tenant_id}{below}"


def sections(tenant: Any, caller: Caller | None) -> list[Section]:
    """The tenant's pages that the caller may see; without one, the platform's."""
    if caller is None:
        return []
    if tenant is None:
        return [*_OF_THE_PLATFORM] if caller.is_admin else []
    return [
        Section(one.name, tenant_address(tenant.id, one.below))
        for one in _SECTIONS
        if caller.is_admin or not one.is_for_admins
    ]
