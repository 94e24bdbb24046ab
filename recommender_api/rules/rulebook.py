"""
All that a tenant decided, bound to one state of its catalog: the placements, and a plan for each.

Immutable as seen from outside. Plans are made ahead, and anew where a rule begins or ends.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import TypeVar

from recommender_store.policies.experiment import Assigned, Experiment
from recommender_store.policies.policies import Decided
from recommender_store.policies.rule import Block, Exclude, Include, Rule

from .compiled import Catalog, Stage, codes_of, compile_rule
from .conditions import Mask, compile_stored
from .placements import Placement, placement_named, placements_of, told_otherwise
from .plan import HookCall, Plan, Warns
from .stages.caps import Ceiling
from .stages.pins import Pinned
from .stages.quotas import Quota
from .stages.scores import Ageing, Factors, Weight, multiplied
from .stages.sieves import Sieve, joined
from .stages.variety import Describing, describing

_FACTOR_BYTES = 4

Kind = TypeVar("Kind")
_PlanKey = tuple[str, ...]
"""Placement, and experiment and variant where it is for one."""

Melting = TypeVar("Melting", Sieve, Weight)


class Rulebook:
    """One tenant's placements and rules over one state of its catalog."""

    def __init__(self, decided: Decided, catalog: Catalog) -> None:
        self.decided = decided
        self.placements: Mapping[str, Placement] = placements_of(decided.placements)
        enabled = [rule for rule in decided.rules if rule.enabled]
        enabled.sort(key=lambda rule: (-rule.priority, rule.id))
        self._rules = [compile_rule(rule, catalog) for rule in enabled]
        self.caps = any(isinstance(one.stage, Ceiling) for one in self._rules)
        """Whether any rule asks what was shown, now or later."""
        self._catalog = catalog
        self._groups = Quota("", None, codes_of(catalog.columns, "group_id"), 1)
        self._own_filters: dict[str, Sieve] = {}
        """Of placements, by what they say."""
        self._plans: dict[_PlanKey, Plan] = {}
        self._allowed: dict[tuple[str, ...], Mask | None] = {}
        self._factors: dict[tuple[str, ...], Factors | None] = {}
        self._describing: Describing | None = None

    def prepare(self, now_s: float) -> None:
        """Make the plans that requests at this moment will ask for."""
        for placement_id in self.placements:
            self.plan(placement_id, now_s)
            for experiment in self._experiments_on(placement_id):
                for variant in experiment.variants:
                    self.plan(placement_id, now_s, Assigned(experiment, variant))

    def plan(self, placement_id: str, now_s: float, assigned: Assigned | None = None) -> Plan:
        """
        What holds for a placement at a moment, for who gets this variant of it.

        Raises:
            PlacementUnknown
        """
        key = (placement_id, *(() if assigned is None else assigned.names))
        known = self._plans.get(key)
        if known is None or not known.holds_at(now_s):
            known = self._plan(placement_named(self.placements, placement_id), now_s, assigned)
            self._plans[key] = known
        return known

    def doubts_of(self, rule: Rule) -> Sequence[Warns]:
        """What whoever writes this rule should know of it."""
        compiled = compile_rule(rule, self._catalog)
        unknown = isinstance(compiled.stage, Pinned) and compiled.stage.row < 0
        detail = f"nothing is known of the pinned item yet: {getattr(rule, 'item', '')}"
        return [*compiled.warns, *([Warns(rule.id, "pin_not_shown", detail)] if unknown else [])]

    @property
    def calls_hooks(self) -> bool:
        """Whether any rule does, now or later."""
        stages = (one.stage for one in self._rules)
        return any(isinstance(one, HookCall) and one.is_allowed for one in stages)

    @property
    def describing(self) -> Describing:
        """The attributes by which items are alike; found when somebody first asks for variety."""
        if self._describing is None:
            self._describing = describing(self._catalog.columns)
        return self._describing

    def _plan(self, placement: Placement, now_s: float, assigned: Assigned | None) -> Plan:
        if assigned is not None and assigned.variant.placement is not None:
            placement = told_otherwise(placement, assigned.variant.placement)
        of_it = [
            one
            for one in self._rules
            if _concerns(one.rule, placement) and _is_for(one.rule, assigned)
        ]
        rules = [one for one in of_it if one.begins_s <= now_s < one.ends_s]
        bounds = [bound for one in of_it for bound in (one.begins_s, one.ends_s)]
        experiments = self._experiments_on(placement.id)
        bounds += [bound for one in experiments for bound in one.bounds_s]
        stages = [one.stage for one in rules]
        sieves = (*self._own_filter(placement), *_of(Sieve, stages))
        weights = _of(Weight, stages)
        allowed, asked_sieves = self._allowed_by(sieves, placement)
        factors, asked_weights = self._factors_of(weights)
        ageings = _of(Ageing, stages)
        return Plan(
            placement=placement,
            assigned=assigned,
            from_s=max((bound for bound in bounds if bound <= now_s), default=-inf),
            until_s=min((bound for bound in bounds if bound > now_s), default=inf),
            rule_ids=tuple(one.rule.id for one in rules if one.is_applied),
            sieves=sieves,
            scalings=(*weights, *ageings),
            quotas=(self._groups, *_of(Quota, stages)),
            ceilings=_of(Ceiling, stages),
            pins=_of(Pinned, stages),
            hooks=tuple(one for one in _of(HookCall, stages) if one.is_allowed),
            warns=tuple(warns for one in rules for warns in one.warns),
            allowed=allowed,
            asked_sieves=asked_sieves,
            factors=factors,
            asked_scalings=(*asked_weights, *ageings),
            conditions=tuple((one.rule.id, one.when) for one in rules if one.when is not None),
        )

    def _experiments_on(self, placement_id: str) -> list[Experiment]:
        experiments = self.decided.experiments
        return [one for one in experiments if one.enabled and placement_id in one.placements]

    def _own_filter(self, placement: Placement) -> tuple[Sieve, ...]:
        text = placement.filter
        if not text:
            return ()
        if text not in self._own_filters:
            self._own_filters[text] = _filter_of(placement, self._catalog)
        return (self._own_filters[text],)

    def _allowed_by(
        self, sieves: Sequence[Sieve], placement: Placement
    ) -> tuple[Mask | None, tuple[Sieve, ...]]:
        """One mask for those that always say the same, and the rest."""
        melting, asked = _parted(sieves)
        key = (placement.filter or "", *(one.rule_id for one in melting))
        if melting and key not in self._allowed:
            room = self._catalog.masks.has_room()
            self._allowed[key] = joined(melting) if room else None
        allowed = self._allowed.get(key)
        return (None, tuple(sieves)) if allowed is None else (allowed, asked)

    def _factors_of(self, weights: Sequence[Weight]) -> tuple[Factors | None, tuple[Weight, ...]]:
        """One array for those that always say the same, and the rest."""
        melting, asked = _parted(weights)
        key = tuple(one.rule_id for one in melting)
        if melting and key not in self._factors:
            room = self._catalog.masks.has_room(_FACTOR_BYTES)
            self._factors[key] = multiplied(melting) if room else None
        factors = self._factors.get(key)
        return (None, tuple(weights)) if factors is None else (factors, asked)


def _filter_of(placement: Placement, catalog: Catalog) -> Sieve:
    """What a placement lets through; it is no rule, so it has no id."""
    compiled = compile_stored(placement.filter or "", catalog.types)
    return Sieve("", None, catalog.masks.condition(compiled), keeps=True)


def _is_for(rule: Rule, assigned: Assigned | None) -> bool:
    """Whether the rule is everybody's, or of the variant that somebody gets."""
    if rule.experiment is None:
        return True
    return assigned is not None and assigned.is_of(rule.experiment, rule.variant)


def _concerns(rule: Rule, placement: Placement) -> bool:
    """
    Whether the rule is one of this placement.

    What somebody did is a fact: a rule that names no placement takes items out of it, and changes
    nothing else.
    """
    if rule.placements:
        return placement.id in rule.placements
    return not placement.is_history or isinstance(rule, Include | Exclude | Block)


def _of(kind: type[Kind], stages: Iterable[Stage]) -> tuple[Kind, ...]:
    return tuple(one for one in stages if isinstance(one, kind))


def _parted(parts: Sequence[Melting]) -> tuple[list[Melting], tuple[Melting, ...]]:
    """Those that say the same for every request, and those that have to be asked."""
    melting = [one for one in parts if one.when is None and one.condition.mask is not None]
    return melting, tuple(one for one in parts if one not in melting)
