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


class Interval(NamedTuple):
    """A mean, and between what it lies with the confidence asked for."""

    mean: float
    low: float
    high: float


def bootstrap_mean(
    values: NDArray[np.float64], confidence: float, rng: np.random.Generator
) -> Interval:
    """The mean of one value a user, with its percentile interval; NaN where there is no user."""
    count = len(values)
    if not count:
        return Interval(float("nan"), float("nan"), float("nan"))
    at_once = max(1, min(DRAWS, _BLOCK // count))
    means = np.concatenate(
        [
            values[rng.integers(0, count, size=(min(at_once, DRAWS - start), count))].mean(axis=1)
            for start in range(0, DRAWS, at_once)
        ]
    )
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(values.mean()), float(low), float(high))


def smallest_visible_loss(
    differences: NDArray[np.float64], confidence: float, rng: np.random.Generator
) -> float:
    """The loss that so many users with such a spread would just show."""
    interval = bootstrap_mean(differences - differences.mean(), confidence, rng)
    return abs(interval.low)
