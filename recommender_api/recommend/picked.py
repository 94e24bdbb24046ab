"""
The answer as it fills up: what was taken from each tier, and what stands at its pinned position.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from recommender_api.rules.stages.pins import Pinned, inserted, placed
from recommender_api.rules.stages.quotas import Quotas
from recommender_models.protocol import Rows

from .merge import Gathered
from .stages import Candidates

PIN = "pin"
"""The source of what a rule put where it is."""


class Pick(NamedTuple):
    """One item of the answer."""

    row: int
    score: float
    source: str
    reason: str


class PassedOver(NamedTuple):
    """A candidate that had no room, and the rule that says so; '' for one item a group."""

    row: int
    rule_id: str


class HookRun(NamedTuple):
    """One call of a hook, and what became of it."""

    rule_id: str
    hook: str
    how: str
    """One of `rules.hooks.wire.How`."""
    detail: str
    elapsed_ms: float
    given: Rows
    after: Candidates
    """What was gone on with; as it was where the hook was of no use."""
    ignored: int
    """Ids that it gave back without having been given them."""

    @property
    def dropped(self) -> Rows:
        """Rows that it took out."""
        return self.given[~np.isin(self.given, self.after.rows)]


@dataclass
class Picked:
    """At most `limit` items, each once, within every quota."""

    limit: int
    quotas: Quotas
    picks: list[Pick] = field(default_factory=list)
    pinned: dict[int, Pick] = field(default_factory=dict)
    """By position."""
    gathered: list[Gathered] = field(default_factory=list)
    """What the tiers that were asked gave."""
    ordered: list[Candidates] = field(default_factory=list)
    """Beside `gathered`: what of each tier could be shown, in the order in which it should be."""
    passed_over: list[PassedOver] = field(default_factory=list)
    hook_runs: list[HookRun] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return self.room <= 0

    @property
    def room(self) -> int:
        return self.limit - len(self.picks) - len(self.pinned)

    @property
    def candidates(self) -> dict[str, int]:
        """Source → how many it gave."""
        return {
            source: len(found.ranked.rows) + found.filtered
            for one in self.gathered
            for source, found in zip(one.tier.sources, one.found, strict=True)
        }

    @property
    def items(self) -> list[Pick]:
        """The answer: those picked, in their order, around those pinned."""
        return inserted(self.picks, self.pinned) if self.pinned else self.picks

    def pin(self, pins: Sequence[Pinned]) -> None:
        """Keep the positions of pins whose items may be shown; before anything is taken."""
        for position, pin in placed(pins, self.limit).items():
            if self.quotas.admit(pin.row) is None:
                self.pinned[position] = Pick(pin.row, 0.0, PIN, f"pinned_by:{pin.rule_id}")

    def take(self, gathered: Gathered, candidates: Candidates) -> bool:
        """
        Take those that there is room for, in their order; or none and say so, where the tier has
        more candidates and these do not suffice.
        """
        taken = self.quotas.take(candidates.rows, self.room)
        if gathered.is_cut and len(taken.places) < self.room:
            self.quotas.give_back(candidates.rows[taken.places])
            return False
        self.gathered.append(gathered)
        self.ordered.append(candidates)
        rows, scores, places = candidates.at(np.array(taken.places, dtype=np.intp))
        columns = (rows.tolist(), scores.tolist(), gathered.origins_of(places))
        self.picks += [
            Pick(row, score, *origin) for row, score, origin in zip(*columns, strict=True)
        ]
        rows = candidates.rows
        self.passed_over += [PassedOver(int(rows[at]), rule) for at, rule in taken.passed_over]
        return True
