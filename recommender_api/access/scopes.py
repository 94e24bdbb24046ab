"""
Which scope each route takes: decided by the path, for every route, before anything else happens.

What is not listed here needs `manage`, so that a new route is closed until somebody opens it.
"""

from collections import defaultdict
from collections.abc import Sequence

ADMIN = "admin"
"""Not a scope of keys: platform admins only."""
UNLISTED = "manage"
"""What has no line below needs this."""

_ANY = "*"
_SCOPES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("keys",), ADMIN),
    (("keys", "*:rotate"), "manage"),
    (("keys", _ANY), ADMIN),
    (("quotas",), ADMIN),
    (("events",), "ingest"),
    (("sessions", "*:identify"), "ingest"),
    (("sessions:identify",), "ingest"),
    (("popular",), "serve"),
    (("recommendations", _ANY), "serve"),
    (("recommendations:batch",), "serve"),
    (("recommendations:lookup",), "serve"),
    (("placements", "*:recommend"), "serve"),
    (("items", _ANY, "similar"), "serve"),
    (("users", _ANY, "recommendations"), "serve"),
    (("items", _ANY), "catalog"),
    (("items:import",), "catalog"),
)
_BY_LENGTH: dict[int, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
for _pattern, _scope in _SCOPES:
    _BY_LENGTH[len(_pattern)].append((_pattern, _scope))


def scope_of(parts: Sequence[str]) -> str:
    """The scope for a path below `/v1/tenants/{tenant}`, by its segments; none: the tenant."""
    if not parts:
        return ADMIN
    for pattern, scope in _BY_LENGTH.get(len(parts), ()):
        if all(map(_fits, pattern, parts)):
            return scope
    return UNLISTED


def _fits(pattern: str, part: str) -> bool:
    return part.endswith(pattern[1:]) if pattern.startswith(_ANY) else part == pattern
