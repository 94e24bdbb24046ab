"""
Filters and blocks: which candidates may be shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from recommender_api.rules.conditions import Circumstances, Condition, Mask, Rows
from recommender_api.rules.expression.compile import Filter


@dataclass(frozen=True, eq=False)
class Sieve:
    """One `include`, `exclude` or `block`, or the filter of a placement."""

    rule_id: str
    when: Filter | None
    condition: Condition
    keeps: bool
    """Whether what is meant stays, or goes."""

    def passing(self, rows: Rows, given: Circumstances) -> Mask:
        meant = self.condition.on(rows, given)
        return meant if self.keeps else ~meant


def passing(
    rows: Rows, allowed: Mask | None, sieves: Iterable[Sieve], given: Circumstances
) -> Mask:
    """
    Which of the rows pass all.

    Args:
        rows: the candidates.
        allowed: over all rows, what the sieves left out here say; None: everything.
        sieves: those that are asked one by one.
        given: what the request brings.
    """
    passes = np.ones(len(rows), np.bool_) if allowed is None else allowed[rows]
    for sieve in sieves:
        passes &= sieve.passing(rows, given)
    return passes


def joined(sieves: Iterable[Sieve]) -> Mask | None:
    """One mask over all rows that says what all of these say; each must have one of its own."""
    together: Mask | None = None
    for sieve in sieves:
        mask = sieve.condition.mask
        if mask is None:
            raise ValueError(f"the rule {sieve.rule_id} has no mask")
        own = mask if sieve.keeps else ~mask
        together = own if together is None else together & own
    return together
