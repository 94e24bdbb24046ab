"""
Whether a slot goes live: figures in, a verdict with a sentence out. Pure but for the given rng.

A slot must beat popularity beyond doubt, must not be beyond doubt worse than what is live, must
reach enough of the catalog, and must not leave users without an answer. A figure that is no number
passes nothing.
"""

from dataclasses import dataclass

import numpy as np

from recommender_store.artifacts.manifest import SlotName, Verdict
from recommender_store.tenants.settings import GateSettings

from .measure import Measurement
from .uncertainty import Interval, bootstrap_mean, smallest_visible_loss

Figures = dict[str, float | int | str | None]


@dataclass(frozen=True)
class Rivals:
    """What a slot's model is held against, on the same questions."""

    popularity: Measurement
    current: Measurement | None
    """None where nothing is live in the slot."""
    current_saw_test: bool = False
    """Whether the live model knows part of the test period, which flatters it."""


def judge(
    slot: SlotName,
    model: Measurement | None,
    rivals: Rivals | None,
    settings: GateSettings,
    rng: np.random.Generator,
) -> Verdict:
    """The verdict on one slot; `model` is None where there was nothing to ask."""
    if model is None or rivals is None or len(model.ndcg_by_owner) < settings.minimum_test_users:
        return _too_few(slot, model, settings)
    versus_popularity = bootstrap_mean(
        model.ndcg_by_owner - rivals.popularity.ndcg_by_owner, settings.confidence, rng
    )
    figures: Figures = {
        "test_users": len(model.ndcg_by_owner),
        "ndcg@10": model.figures["ndcg@10"],
        "popularity_ndcg@10": rivals.popularity.figures["ndcg@10"],
        **_spread("gain_over_popularity", versus_popularity),
        "reachable_coverage@10": model.figures["reachable_coverage@10"],
        "empty_share": model.figures["empty_share"],
        "confidence": settings.confidence,
    }
    reasons = [
        *_against_popularity(versus_popularity, figures, settings),
        *_against_current(model, rivals, settings, figures, rng),
        *_breadth(model, settings),
    ]
    if reasons:
        return Verdict(slot=slot, passed=False, sentence="; ".join(reasons), figures=figures)
    sentence = (
        f"NDCG@10 {figures['ndcg@10']:.4f}, better than popularity's "
        f"{figures['popularity_ndcg@10']:.4f} by {versus_popularity.low:+.4f} to "
        f"{versus_popularity.high:+.4f} at {settings.confidence:.0%} "
        f"({len(model.ndcg_by_owner)} tested){_beside_current(figures)}"
    )
    return Verdict(slot=slot, passed=True, sentence=sentence, figures=figures)


def judge_popular(item_count: int) -> Verdict:
    """The fallback ranking only has to exist."""
    figures: Figures = {"items": item_count}
    if item_count:
        sentence = f"{item_count} items ranked"
        return Verdict(slot="popular", passed=True, sentence=sentence, figures=figures)
    return Verdict(slot="popular", passed=False, sentence="no item to rank", figures=figures)


def _beside_current(figures: Figures) -> str:
    if "current_ndcg@10" not in figures:
        return ""
    return (
        f"; the live model's is {figures['current_ndcg@10']:.4f}, the difference lies between "
        f"{figures['gain_over_current_low']:+.4f} and {figures['gain_over_current_high']:+.4f}"
    )


def _too_few(slot: SlotName, model: Measurement | None, settings: GateSettings) -> Verdict:
    count = 0 if model is None else len(model.ndcg_by_owner)
    whom = "sessions of two or more items" if slot == "similar" else "users with a past"
    return Verdict(
        slot=slot,
        passed=False,
        sentence=f"the test period holds only {count} {whom}, {settings.minimum_test_users} are "
        "needed to tell a good model from luck: nothing is proven either way, so it stays out",
        figures={"test_users": count, "minimum_test_users": settings.minimum_test_users},
    )


def _against_popularity(
    difference: Interval, figures: Figures, settings: GateSettings
) -> list[str]:
    if difference.low > 0:
        return []
    sentence = (
        f"not better than popularity beyond doubt: NDCG@10 {figures['ndcg@10']:.4f} against "
        f"{figures['popularity_ndcg@10']:.4f}, the difference lies between {difference.low:+.4f} "
        f"and {difference.high:+.4f} at {settings.confidence:.0%}"
    )
    return [sentence]


def _against_current(
    model: Measurement,
    rivals: Rivals,
    settings: GateSettings,
    figures: Figures,
    rng: np.random.Generator,
) -> list[str]:
    if rivals.current is None:
        return []
    differences = model.ndcg_by_owner - rivals.current.ndcg_by_owner
    versus = bootstrap_mean(differences, settings.confidence, rng)
    visible = smallest_visible_loss(differences, settings.confidence, rng)
    figures |= {
        "current_ndcg@10": rivals.current.figures["ndcg@10"],
        **_spread("gain_over_current", versus),
        "smallest_visible_loss": visible,
        "current_saw_test": str(rivals.current_saw_test).lower(),
    }
    if versus.high >= 0:
        return []
    flattered = ", though the live one knows part of the test" if rivals.current_saw_test else ""
    sentence = (
        f"worse than the live model: NDCG@10 {figures['ndcg@10']:.4f} against "
        f"{figures['current_ndcg@10']:.4f}, the difference lies between {versus.low:+.4f} and "
        f"{versus.high:+.4f} at {settings.confidence:.0%}{flattered}"
    )
    return [sentence]


def _breadth(model: Measurement, settings: GateSettings) -> list[str]:
    reasons = []
    coverage, empty = model.figures["reachable_coverage@10"], model.figures["empty_share"]
    if not coverage >= settings.minimum_coverage:
        reasons.append(
            f"its answers reach only {coverage:.1%} of what they could, "
            f"{settings.minimum_coverage:.1%} are asked for"
        )
    if not empty <= settings.maximum_empty:
        reasons.append(
            f"{empty:.1%} of the questions got no answer, {settings.maximum_empty:.1%} are allowed"
        )
    return reasons


def _spread(name: str, interval: Interval) -> Figures:
    return {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}
