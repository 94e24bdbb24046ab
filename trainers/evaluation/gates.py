"""
Whether a slot goes live: figures in, a verdict with a sentence out. Pure but for the given rng.

A slot must beat popularity beyond doubt, must not lose against what is live, must reach enough of
the catalog, must not leave users without an answer, and must answer in a process that has never
seen it. A figure that is no number passes nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender_store.artifacts.manifest import SlotName, Verdict
from recommender_store.tenants.settings import GateSettings

from .measure import Measurement
from .uncertainty import (
    Doubt,
    Interval,
    bootstrap_loss,
    bootstrap_mean,
    smallest_visible_loss,
)

Figures = dict[str, float | int | str | None]

BYTES_PER_MB = 1_000_000

_TESTED: dict[SlotName, str] = {
    "similar": "sessions of two or more items",
    "bought_together": "baskets of two or more items",
    "next": "sessions that went on from an item with a past",
}
"""Whom a slot's questions come from, where it is not a user."""

EXACT = ("exact_ndcg@10", "exact_loss@10")
"""Of the same model with nothing cut short: told beside what will be served, and judged by none."""

FORCED = "promoted_despite"
"""Under this name a verdict keeps why its slot went live although it did not pass."""


@dataclass(frozen=True)
class Rivals:
    """What a slot's model is held against, on the same questions."""

    popularity: Measurement
    current: Measurement | None
    """None where nothing is live in the slot."""
    current_saw_test: bool = False
    """Whether the live model knows part of the test period, which flatters it."""


@dataclass(frozen=True)
class Files:
    """What is to be known of a slot's files beside its figures."""

    size_bytes: int = 0
    fault: str | None = None
    """What went wrong when a fresh process opened them and asked; None for nothing."""


@dataclass(frozen=True)
class Judged:
    """What the reasons of one slot are looked for in."""

    model: Measurement
    rivals: Rivals
    files: Files
    settings: GateSettings


def judge(
    slot: SlotName,
    model: Measurement | None,
    rivals: Rivals | None,
    files: Files,
    settings: GateSettings,
    rng: np.random.Generator,
) -> Verdict:
    """The verdict on one slot; `model` is None where there was nothing to ask."""
    broken = _unanswered(files)
    if model is None or rivals is None or len(model.ndcg_by_owner) < settings.minimum_test_users:
        return _too_few(slot, model, settings, broken)
    one = Judged(model, rivals, files, settings)
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
        **{name: model.figures[name] for name in EXACT if name in model.figures},
        "size_mb": round(files.size_bytes / BYTES_PER_MB, 3),
        "confidence": settings.confidence,
    }
    reasons = [
        *_against_popularity(versus_popularity, figures, settings),
        *_against_current(one, figures, rng),
        *_breadth(one, figures),
        *_index(one, figures),
        *_size(files, settings),
        *broken,
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


def judge_present(slot: SlotName, item_count: int, files: Files, settings: GateSettings) -> Verdict:
    """What nothing better could stand in for has to exist, and to answer."""
    figures: Figures = {"items": item_count}
    reasons = [*_size(files, settings), *_unanswered(files)]
    if not item_count:
        reasons.insert(0, "it knows no item")
    sentence = "; ".join(reasons) or f"{item_count} items known"
    return Verdict(slot=slot, passed=not reasons, sentence=sentence, figures=figures)


def judge_beside(
    verdict: Verdict,
    other: str,
    gains: NDArray[np.float64],
    settings: GateSettings,
    rng: np.random.Generator,
) -> Verdict:
    """
    The verdict, with a refusal where another slot answers the same questions better beyond doubt.

    Of questions that are too few to judge by, nothing more is said.

    Args:
        verdict: so far.
        other: the slot that would answer in this one's place.
        gains: NDCG@10 of each owner, less the other slot's.
        settings: the tenant's.
        rng: for the bootstrap.
    """
    if len(gains) < settings.minimum_test_users:
        return verdict
    versus = bootstrap_mean(gains, settings.confidence, rng)
    figures = verdict.figures | _spread(f"gain_over_{other}", versus)
    if versus.high >= 0:
        return verdict.model_copy(update={"figures": figures})
    reason = (
        f"{other} answers the same questions better, the difference lies between "
        f"{versus.low:+.4f} and {versus.high:+.4f} at {settings.confidence:.0%}"
    )
    sentence = reason if verdict.passed else f"{verdict.sentence}; {reason}"
    return Verdict(slot=verdict.slot, passed=False, sentence=sentence, figures=figures)


def _beside_current(figures: Figures) -> str:
    if "current_ndcg@10" not in figures:
        return ""
    return (
        f"; the live model's is {figures['current_ndcg@10']:.4f}, the difference lies between "
        f"{figures['gain_over_current_low']:+.4f} and {figures['gain_over_current_high']:+.4f}, "
        f"{_would_be_caught(figures)}"
    )


def _would_be_caught(figures: Figures) -> str:
    visible, live = figures["smallest_visible_loss"], figures["current_ndcg@10"]
    assert isinstance(visible, float)  # noqa: S101 - written by `_against_current` alone
    assert isinstance(live, float)  # noqa: S101 - the same
    share = f" ({visible / live:.1%})" if live > 0 else ""
    return f"and a loss of {visible:.4f}{share} or more would be caught"


def _too_few(
    slot: SlotName, model: Measurement | None, settings: GateSettings, broken: list[str]
) -> Verdict:
    count = 0 if model is None else len(model.ndcg_by_owner)
    whom = _TESTED.get(slot, "users with a past")
    sentence = (
        f"the test period holds only {count} {whom}, {settings.minimum_test_users} are "
        "needed to tell a good model from luck: nothing is proven either way, so it stays out"
    )
    return Verdict(
        slot=slot,
        passed=False,
        sentence="; ".join([sentence, *broken]),
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


def _against_current(one: Judged, figures: Figures, rng: np.random.Generator) -> list[str]:
    current, settings = one.rivals.current, one.settings
    if current is None:
        return []
    live = current.figures["ndcg@10"]
    differences = one.model.ndcg_by_owner - current.ndcg_by_owner
    doubt = Doubt(
        settings.margin * live, settings.confidence, settings.likely_worse, settings.trivial * live
    )
    versus, is_loss = bootstrap_loss(differences, doubt, rng)
    figures |= {
        "current_ndcg@10": live,
        **_spread("gain_over_current", versus),
        "margin": doubt.margin,
        "smallest_visible_loss": smallest_visible_loss(differences, doubt, rng),
        "current_saw_test": str(one.rivals.current_saw_test).lower(),
    }
    if not is_loss:
        return []
    flattered = (
        ", though the live one knows part of the test" if one.rivals.current_saw_test else ""
    )
    spread = (
        f"NDCG@10 {figures['ndcg@10']:.4f} against {live:.4f}, the difference lies between "
        f"{versus.low:+.4f} and {versus.high:+.4f} at {settings.confidence:.0%}{flattered}"
    )
    if not versus.high >= -doubt.trivial:
        return [f"worse than the live model: {spread}"]
    sentence = (
        f"it looks worse than the live model, and a loss of {settings.margin:.0%} or more cannot "
        f"be ruled out with so few users: {spread}"
    )
    return [sentence]


def _breadth(one: Judged, figures: Figures) -> list[str]:
    reasons = []
    settings, model, current = one.settings, one.model, one.rivals.current
    coverage, empty = model.figures["reachable_coverage@10"], model.figures["empty_share"]
    if not coverage >= settings.minimum_coverage:
        reasons.append(
            f"its answers reach only {coverage:.1%} of what they could, "
            f"{settings.minimum_coverage:.1%} are asked for"
        )
    if current is not None:
        live = current.figures["reachable_coverage@10"]
        figures["current_reachable_coverage@10"] = live
        if not coverage >= settings.minimum_share_of_current_coverage * live:
            reasons.append(
                f"its answers reach {coverage:.1%} of what they could where the live model's reach "
                f"{live:.1%}: at least {settings.minimum_share_of_current_coverage:.0%} of that "
                "are asked for"
            )
    if not empty <= settings.maximum_empty:
        reasons.append(
            f"{empty:.1%} of the questions got no answer, {settings.maximum_empty:.1%} are allowed"
        )
    return reasons


def _index(one: Judged, figures: Figures) -> list[str]:
    """Where there is no index, there is nothing that it could lose."""
    name = next((name for name in one.model.figures if name.startswith("index_recall@")), None)
    if name is None:
        return []
    found = figures[name] = one.model.figures[name]
    if found >= one.settings.minimum_index_recall:
        return []
    sentence = (
        f"its index finds only {found:.1%} of the exact best items, "
        f"{one.settings.minimum_index_recall:.1%} are asked for"
    )
    return [sentence]


def _size(files: Files, settings: GateSettings) -> list[str]:
    size_mb = files.size_bytes / BYTES_PER_MB
    if size_mb <= settings.maximum_slot_mb:
        return []
    return [f"its files take {size_mb:,.0f} MB, {settings.maximum_slot_mb:,} are allowed"]


def _unanswered(files: Files) -> list[str]:
    return [] if files.fault is None else [f"it does not answer in a fresh process: {files.fault}"]


def _spread(name: str, interval: Interval) -> Figures:
    return {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}
