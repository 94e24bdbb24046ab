"""
A rule of each kind, to begin with: switched off, so that saving it changes no answer.
"""

from typing import Any

_NEW: dict[str, Any] = {"enabled": False}

_OWN: dict[str, dict[str, Any]] = {
    "include": {"filter": "available = true"},
    "exclude": {"filter": "title = 'something'", "placements": ["for_you"]},
    "block": {"items": ["an-item-id"]},
    "boost": {"filter": "title = 'something'", "factor": 2},
    "bury": {"filter": "title = 'something'", "factor": 0.5},
    "pin": {"item": "an-item-id", "position": 1, "placements": ["for_you"]},
    "diversify": {"attribute": "group_id", "at_most": 2},
    "cap": {"times": 3, "period_hours": 24},
    "fresh": {"half_life_days": 30},
    "hook": {"name": "name-of-a-hook"},
}

RULES: dict[str, dict[str, Any]] = {
    kind: {"id": f"new-{kind}", "kind": kind, **_NEW, **fields} for kind, fields in _OWN.items()
}

PLACEMENT: dict[str, Any] = {
    "id": "new-placement",
    "sources": ["personal", "neighbours"],
    "limit": 10,
    "note": "",
}
