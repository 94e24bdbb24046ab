"""
What went wrong with some of many tenants, told when all were seen to.
"""

from recommender_store.errors import StoreError
from recommender_store.tenants.identity import TenantId

from .output import FAILED, say


def told_faults(faults: dict[TenantId, StoreError]) -> list[dict[str, str]]:
    return [
        {"tenant": one, "code": error.code, "detail": str(error)} for one, error in faults.items()
    ]


def end_with(faults: dict[TenantId, StoreError]) -> None:
    """Exit code 1, and a sentence for each tenant that something is wrong with."""
    for tenant, error in faults.items():
        say(f"error: tenant '{tenant}': {error} [{error.code}]")
    if faults:
        raise SystemExit(FAILED)
