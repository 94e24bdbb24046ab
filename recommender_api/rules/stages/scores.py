"""
Boosts, buries and freshness: what scores are multiplied by.

A factor above one never lowers and one below never raises: a negative score is divided.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recommender_api.rules.conditions import Circumstances, Condition, Rows
from recommender_api.rules.expression.compile import Filter

Factors = NDArray[np.float32]
Scores = NDArray[np.float32]

DAY_S = 86_400.0
_ONE = np.float32(1)


class Scaling(Protocol):
    """One `boost`, `bury` or `fresh`."""

    @property
    def rule_id(self) -> str: ...

    @property
    def when(self) -> Filter | None: ...

    def factors(self, rows: Rows, given: Circumstances, now_s: float) -> Factors: ...


@dataclass(frozen=True, eq=False)
class Weight:
    """What is meant is multiplied by one factor."""

    rule_id: str
    when: Filter | None
    condition: Condition
    factor: np.float32

    def factors(self, rows: Rows, given: Circumstances, now_s: float) -> Factors:  # noqa: ARG002 - time changes nothing
        factors: Factors = np.where(self.condition.on(rows, given), self.factor, _ONE)
        return factors

    def over_all(self) -> Factors | None:
        """Of every row; None where it has to be asked."""
        mask = self.condition.mask
        return None if mask is None else np.where(mask, self.factor, _ONE)


@dataclass(frozen=True, eq=False)
class Ageing:
    """Scores fall by half with each half-life."""

    rule_id: str
    when: Filter | None
    times_s: NDArray[np.float64]
    """Since when each row is there; NaN: nobody said."""
    half_life_s: float
    at_least: float

    def factors(self, rows: Rows, given: Circumstances, now_s: float) -> Factors:  # noqa: ARG002 - no request changes it
        ages = np.maximum(now_s - self.times_s[rows], 0.0) / self.half_life_s
        # fmax: what has no age is the least that there is.
        factors: Factors = np.fmax(np.exp2(-ages), self.at_least).astype(np.float32)
        return factors


def scaled(scores: Scores, factors: Factors) -> Scores:
    """The scores times their factors."""
    if len(scores) and scores.min() < 0:
        factors = np.where(scores < 0, 1 / factors, factors)
    return scores * factors


def multiplied(weights: Iterable[Weight]) -> Factors | None:
    """What all of these come to, over all rows."""
    together: Factors | None = None
    for weight in weights:
        own = weight.over_all()
        if own is not None:
            together = own if together is None else together * own
    return together


def factors_of(
    rows: Rows,
    known: Factors | None,
    scalings: Iterable[Scaling],
    given: Circumstances,
    now_s: float,
) -> Factors | None:
    """
    What each row's score is multiplied by; None where nothing is.

    Args:
        rows: the candidates.
        known: over all rows, what the scalings left out here come to.
        scalings: those that are asked one by one.
        given: what the request brings.
        now_s: the moment of the answer.
    """
    factors = None if known is None else known[rows]
    for scaling in scalings:
        own = scaling.factors(rows, given, now_s)
        factors = own if factors is None else factors * own
    return factors
