"""
What one loaded tenant may use and has used: handed to it by a server, and nobody's elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from recommender_api.access.quotas.allowance import Allowance
from recommender_api.usage.meter import Meter


def _tell_nobody(quota: str, count: int) -> None:
    """Where nobody counts."""


def _tell_nobody_of_answer(tier: str, outcome: str) -> None:
    """The same."""


def _tell_nobody_of_candidates(given: Mapping[str, int]) -> None:
    """The same."""


def _tell_nobody_of_artifact(code: str) -> None:
    """The same."""


@dataclass
class Account:
    """Unlimited and uncounted where nothing else is said."""

    allowance: Allowance = field(default_factory=Allowance)
    meter: Meter = field(default_factory=Meter)
    shelf_bytes: int | None = None
    """Of all tenants in this process; the tenant's models take no more than its share of them."""
    tell_refused: Callable[[str, int], None] = _tell_nobody
    """Told the name of a quota, and how much was refused for it."""
    tell_answer: Callable[[str, str], None] = _tell_nobody_of_answer
    """Told who gave an answer, and whether these were the placement's own sources."""
    tell_candidates: Callable[[Mapping[str, int]], None] = _tell_nobody_of_candidates
    """Told how many candidates each source gave to one answer."""
    tell_artifact_refused: Callable[[str], None] = _tell_nobody_of_artifact
    """Told the code of what keeps a model from being opened."""
