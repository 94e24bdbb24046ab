"""
What would have come of it had somebody else chosen what to show: answers from a log of exposures.

Pure functions over arrays, an entry a place that was shown. They need the probability with which
the log showed that item in that place (its propensity): a log that always shows the best alone
cannot answer, and says so. An item's reward must not depend on what stands beside it.

Three estimates of the mean reward of a place, the first two without a model of rewards:

    ips     inverse propensity scores (Horvitz and Thompson, JASA 1952): unbiased, and wild where
            the two choose differently
    snips   the same over the sum of its weights (Swaminathan and Joachims, "The Self-Normalized
            Estimator for Counterfactual Learning", NIPS 2015): hardly biased, far calmer
    dr      doubly robust (Dudík, Langford and Li, ICML 2011): right where either the propensities
            or the expected rewards are

Home-made since the library for it, Open Bandit Pipeline (obp 0.5.7), is of 2023, takes no Python
from 3.11 on, and brings torch, pandas and scikit-learn for these few lines.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .uncertainty import DRAWS, Interval

Values = NDArray[np.float64]

MINIMUM_EFFECTIVE = 100.0
"""Fewer places that count in effect are an anecdote; intervals of so few are too narrow."""
FAIR_WEIGHT = (0.9, 1.1)
"""Where the mean weight surely lies outside, the log never shows much of what would be shown."""
MINIMUM_OWNERS = 20
"""Drawing fewer again and again says nothing of those who are not among them."""
_BLOCK = 5_000_000
"""Entries drawn at once: bounds the memory."""


RATIOS = {
    "logged": ("rewards", "places"),
    "ips": ("weighted", "places"),
    "snips": ("weighted", "weights"),
    "dr": ("robust", "places"),
}
"""Each estimate is one sum over another."""


class Exposures(NamedTuple):
    """What was shown and what came of it; an entry a place."""

    reward: Values
    """A click, a purchase, its value: of events with the same `recommendation_id` and item."""
    propensity: Values
    """With which probability the log showed this item here; NaN where it does not say."""
    target: Values
    """With which probability the other one would have: 1 or 0 where it leaves nothing to chance."""
    owner: NDArray[np.int64]
    """Whose it is: places of one user belong together, and are drawn together."""


class Expected(NamedTuple):
    """What a model of rewards expects; it must not have learned from these very rewards."""

    shown: Values
    """Of the item that was shown."""
    chosen: Values
    """Of what the other one would have shown here: Σ over items of probability × expectation."""


class WhatIf(NamedTuple):
    """The answer, or in `refusal` why there is none."""

    estimates: dict[str, Interval]
    """`logged` (what really came of it), `ips`, `snips`, and `dr` where rewards are expected."""
    places: int
    effective: float
    """Places that count in effect: (Σ w)² / Σ w² (Kish, 1965)."""
    mean_weight: Interval | None
    """Its expectation is 1 where the log could have shown all that would be shown."""
    refusal: str | None


def what_if(
    shown: Exposures,
    expected: Expected | None,
    confidence: float,
    rng: np.random.Generator,
    minimum_effective: float = MINIMUM_EFFECTIVE,
) -> WhatIf:
    """The mean reward of a place had the other one chosen, with bootstrap intervals over owners."""
    refusal = _unusable(shown)
    if refusal is not None:
        return WhatIf({}, len(shown.reward), 0.0, None, refusal)
    weights = shown.target / shown.propensity
    effective = effective_places(weights)
    if effective < minimum_effective:
        sentence = (
            f"the log holds {len(weights)} places, but only {effective:.1f} of them count in "
            f"effect, {minimum_effective:g} are needed: the other one would show other things than "
            "were shown; log longer, or explore more"
        )
        return WhatIf({}, len(weights), effective, None, sentence)
    terms = _terms(shown, weights, expected)
    drawn = _drawn(terms, shown.owner, rng)
    mean_weight = _interval(("weights", "places"), terms, drawn, confidence)
    refusal = _unfair(mean_weight)
    estimates = {
        name: _interval(ratio, terms, drawn, confidence)
        for name, ratio in RATIOS.items()
        if refusal is None and ratio[0] in terms
    }
    return WhatIf(estimates, len(weights), effective, mean_weight, refusal)


def effective_places(weights: Values) -> float:
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def _unusable(shown: Exposures) -> str | None:
    count = len(shown.reward)
    if not count:
        return "the log holds no exposure: nothing was shown, or nobody said so"
    owners = len(np.unique(shown.owner))
    if owners < MINIMUM_OWNERS:
        return f"the log shows something to {owners} users only, {MINIMUM_OWNERS} are needed"
    missing = int(np.count_nonzero(~np.isfinite(shown.propensity)))
    if missing:
        return (
            f"{missing} of {count} places have no propensity: without the probability with which "
            "each item was shown nothing can be said; log it, or leave out the time before it was"
        )
    impossible = int(np.count_nonzero((shown.propensity <= 0) | (shown.propensity > 1)))
    if impossible:
        return (
            f"{impossible} of {count} places were shown with a propensity that is no probability "
            "above 0: what was shown had one, so whoever logs it computes it wrongly"
        )
    strange = ~np.isfinite(shown.reward) | ~((shown.target >= 0) & (shown.target <= 1))
    if strange.any():
        return (
            f"{np.count_nonzero(strange)} of {count} places have a reward that is no number, or "
            "would be shown with a probability that is none"
        )
    return None


def _unfair(mean_weight: Interval) -> str | None:
    low, high = FAIR_WEIGHT
    if mean_weight.high >= low and mean_weight.low <= high:
        return None
    return (
        f"the weights' mean lies between {mean_weight.low:.2f} and {mean_weight.high:.2f} instead "
        "of at 1: much of what would be shown can never be seen in this log, or its propensities "
        "are not those with which it was shown"
    )


Terms = dict[str, Values]
"""What the estimates are made of: an entry a place, or summed over each draw."""


def _terms(shown: Exposures, weights: Values, expected: Expected | None) -> Terms:
    terms = {
        "places": np.ones(len(weights)),
        "weights": weights,
        "rewards": shown.reward,
        "weighted": weights * shown.reward,
    }
    if expected is not None:
        terms["robust"] = expected.chosen + weights * (shown.reward - expected.shown)
    return terms


def _drawn(terms: Terms, owner: NDArray[np.int64], rng: np.random.Generator) -> Terms:
    """[draws] the sums over as many owners, drawn with replacement; the same owners for all."""
    _, where = np.unique(owner, return_inverse=True)
    sums = {name: np.bincount(where, weights=values) for name, values in terms.items()}
    count = int(where.max()) + 1
    at_once = max(1, min(DRAWS, _BLOCK // count))
    blocks: dict[str, list[Values]] = {name: [] for name in terms}
    for start in range(0, DRAWS, at_once):
        chosen = rng.integers(0, count, size=(min(at_once, DRAWS - start), count))
        for name, values in sums.items():
            blocks[name].append(values[chosen].sum(axis=1))
    return {name: np.concatenate(parts) for name, parts in blocks.items()}


def _interval(ratio: tuple[str, str], terms: Terms, drawn: Terms, confidence: float) -> Interval:
    above, below = ratio
    draws = drawn[above] / np.maximum(drawn[below], np.finfo(np.float64).tiny)
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Interval(float(terms[above].sum() / terms[below].sum()), float(low), float(high))
