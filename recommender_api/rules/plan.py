"""
What holds for one placement between two moments, ready to be applied: a request compiles nothing.

Rules that hold for every request are melted into one mask and one array of factors over all rows;
the others are asked one by one, on the candidates.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from recommender_store.policies.experiment import Assigned

from .conditions import Circumstances, Mask
from .expression.compile import Filter
from .expression.plain import Given, holds
from .placements import Placement
from .stages.caps import Ceiling
from .stages.pins import Pinned
from .stages.quotas import Quota
from .stages.scores import Ageing, Factors, Scaling
from .stages.sieves import Sieve


class Warns(NamedTuple):
    """Something about a rule that whoever reads an answer should know."""

    rule_id: str
    code: str
    detail: str


@dataclass(frozen=True, eq=False)
class HookCall:
    """One `hook`."""

    rule_id: str
    when: Filter | None
    name: str
    attributes: tuple[str, ...] | None
    """Those that it is told of; None: all."""
    is_allowed: bool
    """Whether an admin lists it just now."""


@dataclass(frozen=True, eq=False)
class Plan:
    """The rules in force, by stage; each tuple in order of priority."""

    placement: Placement
    from_s: float
    until_s: float
    """The moments between which it holds: from the first, until just before the second."""
    assigned: Assigned | None = None
    """The variant that it is for."""
    rule_ids: tuple[str, ...] = ()
    sieves: tuple[Sieve, ...] = ()
    scalings: tuple[Scaling, ...] = ()
    quotas: tuple[Quota, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    pins: tuple[Pinned, ...] = ()
    hooks: tuple[HookCall, ...] = ()
    warns: tuple[Warns, ...] = ()
    allowed: Mask | None = None
    """Over all rows, what those of the sieves say that are not in `asked_sieves`."""
    asked_sieves: tuple[Sieve, ...] = ()
    factors: Factors | None = None
    """Over all rows, what those of the scalings come to that are not in `asked_scalings`."""
    asked_scalings: tuple[Scaling, ...] = ()
    conditions: tuple[tuple[str, Filter], ...] = ()
    """Rule and its `when`; none: the plan is the same for every request."""

    @property
    def ages(self) -> bool:
        """Whether the answer changes with time alone, by what was shown, or by other code."""
        return bool(self.hooks or self.ceilings) or any(
            isinstance(one, Ageing) for one in self.asked_scalings
        )

    def holds_at(self, now_s: float) -> bool:
        return self.from_s <= now_s < self.until_s

    def under(self, given: Circumstances) -> "Plan":
        """The plan for one request: without the rules whose `when` does not hold."""
        if not self.conditions:
            return self
        circumstances = Given({}, given.seed, given.context)
        out = {one for one, when in self.conditions if not holds(when.condition, circumstances)}
        if not out:
            return self
        kept: dict[str, Any] = {
            name: tuple(one for one in getattr(self, name) if one.rule_id not in out)
            for name in _BY_RULE
        }
        rule_ids = tuple(one for one in self.rule_ids if one not in out)
        return replace(self, rule_ids=rule_ids, **kept)


_BY_RULE = (
    *("sieves", "scalings", "quotas", "ceilings", "pins", "hooks", "warns"),
    *("asked_sieves", "asked_scalings"),
)
