"""
How far two distributions lie apart: counts of the same things in, a distance out. Pure.

What chance does to so many events is taken off (twice the mean of its chi-square), so that the
distance of two samples of the same is nearly always zero.
"""

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]


def psi(p: Counts, q: Counts) -> float:
    """Population stability index, Σ (p - q) ln(p / q); half an event is added to each count."""
    filled = (p > 0) | (q > 0)
    p, q = p[filled] + 0.5, q[filled] + 0.5
    chance = _chance(p, q)
    p, q = p / p.sum(), q / q.sum()
    return max(float(((p - q) * np.log(p / q)).sum() - chance), 0.0)


def ks(p: Counts, q: Counts) -> float:
    """Kolmogorov and Smirnov's distance, of ordered counts; chance is left in it."""
    return float(np.abs(np.cumsum(p / p.sum()) - np.cumsum(q / q.sum())).max())


def jensen_shannon(p: Counts, q: Counts) -> float:
    """
    Jensen and Shannon's divergence in bits, 0 to 1 (Lin, "Divergence measures based on the Shannon
    entropy", 1991). Near zero it is an eighth of the PSI, in nats, and so is what chance does.
    """
    filled = (p > 0) | (q > 0)
    p, q = p[filled], q[filled]
    chance = _chance(p, q) / (8 * np.log(2))
    p, q = p / p.sum(), q / q.sum()
    middle = (p + q) / 2
    apart = (_entropy_bits(middle) - (_entropy_bits(p) + _entropy_bits(q)) / 2) - chance
    return min(max(float(apart), 0.0), 1.0)


def _chance(p: Counts, q: Counts) -> float:
    return float(2 * (len(p) - 1) * (1 / p.sum() + 1 / q.sum()))


def _entropy_bits(shares: Counts) -> float:
    some = shares[shares > 0]
    return float(-(some * np.log2(some)).sum())
