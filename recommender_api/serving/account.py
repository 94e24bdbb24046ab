"""
What one loaded tenant may use and has used: handed to it by a server, and nobody's elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from recommender_api.access.quotas.allowance import Allowance
from recommender_api.usage.meter import Meter


def _tell_nobody(quota: str, count: int) -> None:
    """Where nobody counts."""


@dataclass
class Account:
    """Unlimited and uncounted where nothing else is said."""

    allowance: Allowance = field(default_factory=Allowance)
    meter: Meter = field(default_factory=Meter)
    shelf_bytes: int | None = None
    """Of all tenants in this process; the tenant's models take no more than its share of them."""
    tell_refused: Callable[[str, int], None] = _tell_nobody
    """Told the name of a quota, and how much was refused for it."""
