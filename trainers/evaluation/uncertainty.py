"""
How sure a figure is: bootstrap over users (Efron and Tibshirani, 1993). Pure; the rng is given.

A user's queries belong together, so users are drawn, not queries; two models are compared on the
same users, so the differences are drawn (a paired bootstrap).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
_BLOCK = 5_000_000
"""Entries drawn at once: bounds the memory."""
POWER = 0.95
"""How often a loss that would be caught is caught."""


class Interval(NamedTuple):
    """A mean, and between what it lies with the confidence asked for."""

    mean: float
    low: float
    high: float


def bootstrap_mean(
    values: NDArray[np.float64], confidence: float, rng: np.random.Generator
) -> Interval:
    """The mean of one value a user, with its percentile interval; NaN where there is no user."""
    if not len(values):
        return Interval(float("nan"), float("nan"), float("nan"))
    tail = (1 - confidence) / 2
    low, high = np.quantile(_means(values, rng), [tail, 1 - tail])
    return Interval(float(values.mean()), float(low), float(high))


def _means(values: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """[draws] the mean of as many users, drawn with replacement."""
    count = len(values)
    at_once = max(1, min(DRAWS, _BLOCK // count))
    return np.concatenate(
        [
            values[rng.integers(0, count, size=(min(at_once, DRAWS - start), count))].mean(axis=1)
            for start in range(0, DRAWS, at_once)
        ]
    )


class Doubt(NamedTuple):
    """How far a model may be doubted before it is refused."""

    margin: float
    """A loss that matters."""
    confidence: float
    """Of the interval that proves a loss, or rules out one of the margin."""
    likely: float
    """How likely a loss may be where one of the margin cannot be ruled out."""
    trivial: float = 0.0
    """A loss that is none, even where it is proven."""


def bootstrap_loss(
    differences: NDArray[np.float64], doubt: Doubt, rng: np.random.Generator
) -> tuple[Interval, bool]:
    """
    The mean difference with its interval, and whether it is a loss to refuse a model for.

    It is one where it is proven (the interval lies below 0, by more than what is trivial). It is
    one, too, where the users at hand cannot rule out a loss of the margin (the interval reaches
    below it) and a loss of any size is more likely than allowed. With many users that is a test of
    non-inferiority; with few, the one that looks worse has to wait. NaN is a loss.
    """
    if not len(differences):
        return Interval(float("nan"), float("nan"), float("nan")), True
    tail = (1 - doubt.confidence) / 2
    means = _means(differences, rng)
    low, high, likely = np.quantile(means, [tail, 1 - tail, doubt.likely])
    passes = high >= -doubt.trivial and (low > -doubt.margin or likely >= 0)
    return Interval(float(differences.mean()), float(low), float(high)), not passes


def smallest_visible_loss(
    differences: NDArray[np.float64], doubt: Doubt, rng: np.random.Generator
) -> float:
    """
    The true loss that is refused nineteen times in twenty, with users like these.

    A mean passes down to a line that depends on how wide the interval is; a true loss that is
    caught lies below that line by what chance may lift a mean.
    """
    tail = (1 - doubt.confidence) / 2
    around = _means(differences - differences.mean(), rng)
    below, above, likely, lift = np.abs(np.quantile(around, [tail, 1 - tail, doubt.likely, POWER]))
    line = min(above + doubt.trivial, max(likely, doubt.margin - below))
    return float(line + lift)
