"""
What was decided about a canary, and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["promoted", "rolled_back", "superseded"]
Why = Literal[
    "canary_worse",
    "canary_failing",
    "canary_empty",
    "canary_fallback",
    "canary_ended",
    "canary_superseded",
]
"""Codes of what was not promoted, as its run tells them."""


@dataclass(frozen=True)
class Decision:
    """Of one canary, once and for all."""

    verdict: Verdict
    code: Why | None
    """None for what was promoted."""
    sentence: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    """What it was decided by."""
