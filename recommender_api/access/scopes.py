"""
Which scope each route takes: decided by the path, for every route, before anything else happens.

What is not listed here needs `manage`, so that a new route is closed until somebody opens it.
"""

from collections.abc import Sequence

ADMIN = "admin"
"""Not a scope of keys: platform admins only."""

_SERVE_ENDINGS = (":recommend", "recommendations:batch")


def scope_of(method: str, parts: Sequence[str]) -> str:
    """
    The scope for a path below `/v1/tenants/{tenant}`.

    Args:
        method: in upper case.
        parts: the path's segments after the tenant; none for the tenant itself.
    """
    if not parts:
        return ADMIN
    first, last = parts[0], parts[-1]
    if first in ("keys", "usage") or (first == "settings" and method != "GET"):
        return ADMIN
    if first == "events" and len(parts) == 1 or first == "sessions":
        return "ingest"
    if first in ("popular", "recommendations", "recommendations:batch") or last.endswith(
        _SERVE_ENDINGS
    ):
        return "serve"
    if first == "items" and last == "similar" and len(parts) == 3:
        return "serve"
    if first == "users" and last == "recommendations" and len(parts) == 3:
        return "serve"
    if first in ("items", "items:import"):
        return "catalog"
    return "manage"
