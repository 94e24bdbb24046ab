"""
Shares with confidence intervals, where what is counted comes in clusters: several answers to one
unit are not as many witnesses.

Pure. Wilson's interval over an effective number of answers, the number divided by the design effect
of the clusters (Korn and Graubard, "Confidence intervals for proportions with small expected number
of positive counts estimated from survey data", 1998); of a difference, Newcombe's ("Interval
estimation for the difference between independent proportions", method 10, 1998).
"""

from math import sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

LEVEL: Final = 0.95
_Z: Final = 1.959964
"""Of a normal distribution: so many deviations to either side hold that part of it."""


class Clustered(NamedTuple):
    """Sums over clusters, of their answers and of the hits among them."""

    clusters: int
    answers: int
    hits: int
    answer_squares: int
    hit_squares: int
    products: int
    """Of each cluster's answers and hits."""


class Estimate(NamedTuple):
    """A figure, and between which two it lies."""

    value: float
    low: float
    high: float


def deviations_of(level: float) -> float:
    """How many standard deviations to either side hold this part of a normal distribution."""
    return NormalDist().inv_cdf((1 + level) / 2)


def share(sums: Clustered, z: float = _Z) -> Estimate | None:
    """What part of the answers are hits, within `z` deviations; None where there are none."""
    if not sums.answers:
        return None
    rate, count = sums.hits / sums.answers, _effective_count(sums)
    middle = (rate + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z * sqrt(rate * (1 - rate) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    return Estimate(rate, min(rate, max(0.0, middle - reach)), max(rate, min(1.0, middle + reach)))


def difference(one: Estimate, other: Estimate) -> Estimate:
    """By how much the first is more than the second."""
    value = one.value - other.value
    below = sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    above = sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Estimate(value, value - below, value + above)


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """So many times the figure."""
    return Estimate(*(factor * one for one in estimate))


def _effective_count(sums: Clustered) -> float:
    """So many answers to as many units would tell as much; never more than there are."""
    rate = sums.hits / sums.answers
    like_one_each = sums.answers**2 / sums.answer_squares
    if sums.clusters < 2 or not 0 < rate < 1:
        return like_one_each  # the clusters do not show how alike their answers are
    residue = sums.hit_squares - 2 * rate * sums.products + rate**2 * sums.answer_squares
    variance = residue / sums.answers**2
    alone = rate * (1 - rate) / sums.answers
    return sums.answers / max(1.0, variance / alone)
