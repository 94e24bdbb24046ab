"""
What a hook is given, and what it gives back: the request, and candidates as columns.

Columns are plain lists of one length. This module needs msgspec and nothing of the platform, so
that whoever writes a hook can make both in a test.
"""

from collections.abc import Iterable
from typing import Any

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, as far as a hook may know it."""

    placement: str
    limit: int
    """Items that the answer is to have."""
    at_s: float
    """The moment of the answer, in seconds since 1970."""
    user_id: str | None = None
    session_id: str | None = None
    item_ids: list[str] = []
    """The seed items that are known."""
    context: dict[str, Any] = {}
    """Whatever the request brought along."""
    traceparent: str | None = None
    """The trace that the request belongs to, as the W3C writes it; None where there is none."""


class Candidates(msgspec.Struct):
    """What may be shown, the best first; a hook reorders, drops or gives other scores."""

    ids: list[str]
    scores: list[float]
    attributes: dict[str, list[Any]] = {}
    """Attribute → its value of each candidate, None where it has none; times are RFC 3339."""

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, places: Iterable[int]) -> "Candidates":
        """Those at these places, in this order."""
        chosen = list(places)
        return Candidates(
            [self.ids[at] for at in chosen],
            [self.scores[at] for at in chosen],
            {name: [column[at] for at in chosen] for name, column in self.attributes.items()},
        )

    def best_first(self) -> "Candidates":
        """By score, the highest first; equal ones as they stand."""
        return self.at(sorted(range(len(self.ids)), key=lambda at: -self.scores[at]))
