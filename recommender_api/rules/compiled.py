"""
A stored rule, bound to one state of the catalog: what its stage applies.

A rule never fails a request: what it speaks of may have vanished since it was written, and then it
warns.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import inf

import numpy as np
from numpy.typing import NDArray

from recommender_store.catalog.column import BooleanColumn, NumberColumn, StringColumn, TimeColumn
from recommender_store.catalog.columns import Columns
from recommender_store.policies.rule import (
    Block,
    Boost,
    Bury,
    Cap,
    Diversify,
    Exclude,
    Fresh,
    Hook,
    Include,
    Pin,
    Rule,
)

from .conditions import Condition, Masks, Rows, compile_stored, is_empty
from .expression.check import Types
from .expression.compile import Filter
from .plan import HookCall, Warns
from .stages.caps import Ceiling
from .stages.pins import Pinned
from .stages.quotas import Codes, Quota
from .stages.scores import DAY_S, Ageing, Scaling, Weight
from .stages.sieves import Sieve

HOUR_MS = 3_600_000

Stage = Sieve | Scaling | Quota | Ceiling | Pinned | HookCall


@dataclass(frozen=True, eq=False)
class Catalog:
    """One state of the catalog, as rules need it, and the code that they may call."""

    masks: Masks
    types: Types
    rows_of: Callable[[Iterable[str]], Rows]
    """The rows of those ids that are known, in their order."""
    hooks: Collection[str] = ()
    """What rules may call: those that an admin lists."""

    @property
    def columns(self) -> Columns:
        return self.masks.columns


@dataclass(frozen=True, eq=False)
class CompiledRule:
    """A rule and what it does."""

    rule: Rule
    when: Filter | None
    stage: Stage
    warns: tuple[Warns, ...]

    @property
    def is_applied(self) -> bool:
        """Whether it may change an answer: a hook that is not allowed does not."""
        return not isinstance(self.stage, HookCall) or self.stage.is_allowed

    @property
    def begins_s(self) -> float:
        return _moment_s(self.rule.starts_at, -inf)

    @property
    def ends_s(self) -> float:
        return _moment_s(self.rule.ends_at, inf)


def compile_rule(rule: Rule, catalog: Catalog) -> CompiledRule:
    """Never fails."""
    when = None if rule.when is None else compile_stored(rule.when, catalog.types)
    return CompiledRule(
        rule, when, _stage(rule, when, catalog), tuple(_warnings(rule, when, catalog))
    )


def _stage(rule: Rule, when: Filter | None, catalog: Catalog) -> Stage:
    match rule:
        case Include() | Exclude() | Block():
            return Sieve(rule.id, when, _meant(rule, catalog), isinstance(rule, Include))
        case Boost() | Bury() | Fresh():
            return _scaling(rule, when, catalog)
        case Diversify():
            codes = codes_of(catalog.columns, rule.attribute)
            return Quota(rule.id, when, codes, rule.at_most)
        case Cap():
            return Ceiling(rule.id, when, rule.times, round(rule.period_hours * HOUR_MS))
        case Pin():
            rows = catalog.rows_of([rule.item])
            row = int(rows[0]) if len(rows) else -1
            return Pinned(rule.id, when, rule.item, row, rule.position)
        case Hook():
            is_allowed = rule.name in catalog.hooks
            return HookCall(rule.id, when, rule.name, rule.attributes, is_allowed)


def _scaling(rule: Boost | Bury | Fresh, when: Filter | None, catalog: Catalog) -> Weight | Ageing:
    if not isinstance(rule, Fresh):
        return Weight(rule.id, when, _meant(rule, catalog), np.float32(rule.factor))
    times_s = _times_s(catalog.columns, rule.attribute)
    return Ageing(rule.id, when, times_s, rule.half_life_days * DAY_S, rule.at_least)


def _meant(rule: Include | Exclude | Block | Boost | Bury, catalog: Catalog) -> Condition:
    if isinstance(rule, Block):
        return catalog.masks.listed(catalog.rows_of(rule.items))
    return catalog.masks.condition(compile_stored(rule.filter, catalog.types))


def _warnings(rule: Rule, when: Filter | None, catalog: Catalog) -> Iterator[Warns]:
    for name in sorted(_attributes(rule, when, catalog.types)):
        if is_empty(catalog.columns, name):
            detail = f"the rule '{rule.id}' speaks of '{name}', which no item has any more"
            yield Warns(rule.id, "rule_attribute_missing", detail)
    if isinstance(rule, Hook) and rule.name not in catalog.hooks:
        detail = (
            f"the rule '{rule.id}' calls '{rule.name}', which the tenant's setting hooks.allowed "
            "does not list: it is not called"
        )
        yield Warns(rule.id, "hook_not_allowed", detail)


def _attributes(rule: Rule, when: Filter | None, types: Types) -> Iterator[str]:
    """What the rule reads of items; the seed's too, which are attributes of items as well."""
    if when is not None:
        yield from when.item_attributes
    match rule:
        case Include(filter=text) | Exclude(filter=text) | Boost(filter=text) | Bury(filter=text):
            yield from compile_stored(text, types).item_attributes
        case Fresh(attribute=name) | Diversify(attribute=name):
            yield name
        case Hook(attributes=tuple(names)):
            yield from names


def codes_of(columns: Columns, name: str) -> Codes:
    """A number for each value of an attribute, -1 for none."""
    match columns.column(name):
        case StringColumn(codes=codes):
            return codes
        case BooleanColumn(flags=flags):
            return flags.astype(np.int32)
        case NumberColumn(numbers=numbers):
            _, ranks = np.unique(numbers, return_inverse=True)
            return np.where(np.isnan(numbers), -1, ranks).astype(np.int32)
    return np.full(columns.row_count, -1, np.int32)


def _times_s(columns: Columns, name: str) -> NDArray[np.float64]:
    column = columns.column(name)
    if isinstance(column, TimeColumn):
        return column.times_s
    return np.full(columns.row_count, np.nan)


def _moment_s(moment: datetime | None, default: float) -> float:
    return default if moment is None else moment.timestamp()
