"""
The answer as it fills up: what each source gave, what was taken out on the way and why.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from .question import Question
from .sources import Found


@dataclass(frozen=True)
class Pick:
    """One item of the answer."""

    row: int
    score: float
    source: str
    reason: str


class Choice(NamedTuple):
    """What one source would add."""

    picks: list[Pick]
    candidates: int
    """How many it gave."""
    removed: dict[str, int]
    """Why → how many."""
    groups: set[int]

    @classmethod
    def of_nothing(cls) -> "Choice":
        return cls([], 0, {}, set())


@dataclass
class Picked:
    """At most `limit` items, each once, at most one of a group."""

    limit: int
    picks: list[Pick] = field(default_factory=list)
    candidates: dict[str, int] = field(default_factory=dict)
    """Source → how many it gave."""
    removed: dict[str, int] = field(default_factory=dict)
    """Why → how many."""
    _rows: set[int] = field(default_factory=set)
    _groups: set[int] = field(default_factory=set)

    @property
    def is_full(self) -> bool:
        return len(self.picks) >= self.limit

    def would_be_full(self, choice: Choice) -> bool:
        return len(self.picks) + len(choice.picks) >= self.limit

    def choose(self, source: str, found: Found, question: Question) -> Choice:
        """Of what a source found: what may be shown and is not there yet, until it is enough."""
        rows, scores = found.ranked
        # A score that is no number would be no JSON either.
        passing = question.passes(rows) & np.isfinite(scores)
        hidden = int(len(rows) - np.count_nonzero(passing)) + found.filtered
        choice = Choice(
            [], len(rows) + found.filtered, {"hidden_or_filtered": hidden} if hidden else {}, set()
        )
        rows, scores = rows[passing], scores[passing]
        groups = question.loaded.catalog.groups(rows)
        for row, score, group in zip(rows.tolist(), scores.tolist(), groups.tolist(), strict=True):
            if self.would_be_full(choice):
                break
            if row in self._rows:
                continue
            if group >= 0 and (group in self._groups or group in choice.groups):
                choice.removed["same_group"] = choice.removed.get("same_group", 0) + 1
                continue
            choice.groups.add(group)
            choice.picks.append(Pick(row, score, source, found.reason))
        return choice

    def take(self, source: str, choice: Choice) -> None:
        """Add what was chosen."""
        self.picks += choice.picks
        self.candidates[source] = choice.candidates
        for why, count in choice.removed.items():
            self.removed[why] = self.removed.get(why, 0) + count
        self._rows.update(pick.row for pick in choice.picks)
        self._groups |= choice.groups
