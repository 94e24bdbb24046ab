"""
What becomes of a canary: a pure function over what came of both bundles' answers.

It is looked at any number of times, and judged at a few moments that are fixed when it begins:
after its minimum time, at twice that, four times, and when its time is up. Each judgement counts
the answers until its moment, whenever somebody looks, and its intervals are as wide as several
judgements need (Bonferroni). So looking often finds no more than looking late.

The new bundle may lose so much of the live one's rate (`margin`), and is promoted once it is
certain that it loses less (non-inferiority). What harms beyond doubt ends it at any look.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from recommender_store.canaries.canary import Canary
from recommender_store.canaries.decision import Decision, Why
from recommender_store.tenants.canary import CanarySettings

from .intervals import LEVEL, Clustered, Estimate, deviations_of, difference, scaled, share
from .outcomes import Outcome

FAILING_MOST: Final = 0.01
"""Of the new bundle's answers, that the live one had to give."""
EMPTY_MORE_MOST: Final = 0.01
"""Of the answers, more than of the live one's."""
FALLBACK_MORE_MOST: Final = 0.05
"""The same of answers that neither model nor session gave."""


class Sides(NamedTuple):
    """What came of the answers of both bundles."""

    live: Outcome
    new: Outcome

    @property
    def failing(self) -> Clustered:
        """Of the answers that were to be the new bundle's, those that the live one gave."""
        failed, new = self.live.substitutes.hits, self.new.answers
        # Of each other independent: whom they went to is counted with the live side's answers.
        return Clustered(new + failed, new + failed, failed, new + failed, failed, failed)


class Look(NamedTuple):
    """When it is judged, and how wide intervals are."""

    until: datetime
    """Answers count that were given before."""
    is_early: bool
    """Before the first moment: only harm is looked for."""
    is_last: bool
    z: float


def moments(canary: Canary) -> Iterator[datetime]:
    """When it is judged, the last one when its time is up."""
    after = canary.settings.minimum
    while canary.starts_at + after < canary.ends_at:
        yield canary.starts_at + after
        after *= 2
    yield canary.ends_at


def look_at(canary: Canary, now: datetime) -> Look:
    """How it is looked at now."""
    all_of_them = list(moments(canary))
    z = deviations_of(1 - (1 - LEVEL) / len(all_of_them))
    passed = [one for one in all_of_them if one <= now]
    if not passed:
        return Look(now, is_early=True, is_last=False, z=z)
    return Look(passed[-1], is_early=False, is_last=len(passed) == len(all_of_them), z=z)


def judge(sides: Sides, settings: CanarySettings, look: Look) -> Decision | None:
    """What becomes of it; None: that is not decided yet."""
    figures = figures_of(sides, settings, look)
    few = _few(sides, settings)
    harm = _failing(sides, settings, look)
    if harm is None and (look.is_last or not few):
        harm = _worse_answers(sides, look.z)
    if harm is not None:
        return Decision("rolled_back", *harm, figures)
    if look.is_early or (few and not look.is_last):
        return None
    if few:
        sentence = f"its time is up and {few}: nothing speaks against it"
        return Decision("promoted", None, sentence, figures)
    return _compared(sides, settings, look, figures)


def _compared(
    sides: Sides, settings: CanarySettings, look: Look, figures: dict[str, Any]
) -> Decision | None:
    live, new = (share(getattr(side, settings.outcome), look.z) for side in sides)
    if live is None or new is None:
        return None
    over_live, over_margin = (
        difference(new, scaled(live, part)) for part in (1, 1 - settings.margin)
    )
    beside = f"{settings.outcome} {new.value:.2%} beside {live.value:.2%} of the live model"
    if over_margin.low >= 0:
        sentence = f"not worse by more than {settings.margin:.0%}, beyond doubt: {beside}"
        return Decision("promoted", None, sentence, figures)
    if over_margin.high < 0:
        sentence = f"worse by more than {settings.margin:.0%}, beyond doubt: {beside}"
        return Decision("rolled_back", "canary_worse", sentence, figures)
    return _out_of_time(over_live, over_margin.value, beside, figures) if look.is_last else None


def _out_of_time(
    over_live: Estimate, over_margin: float, beside: str, figures: dict[str, Any]
) -> Decision:
    """Nothing is certain about the margin: what is likelier."""
    if over_live.high < 0:
        sentence = f"its time is up and it is worse, beyond doubt: {beside}"
        return Decision("rolled_back", "canary_worse", sentence, figures)
    if over_margin < 0:
        sentence = f"its time is up and it looks worse by more than the margin: {beside}"
        return Decision("rolled_back", "canary_worse", sentence, figures)
    sentence = f"its time is up and nothing speaks against it: {beside}"
    return Decision("promoted", None, sentence, figures)


def _few(sides: Sides, settings: CanarySettings) -> str:
    """Which side has too few answers to tell anything; '' where both have enough."""
    for name, side in sides._asdict().items():
        if side.answers < settings.minimum_answers or side.units < settings.minimum_users:
            counted = f"{side.answers} answers to {side.units} users"
            return f"of the {name} model only {counted} were written down"
    return ""


def _failing(sides: Sides, settings: CanarySettings, look: Look) -> tuple[Why, str] | None:
    """Whether the new bundle cannot answer beyond doubt, and from enough answers to tell."""
    wanted = sides.failing
    failing = share(wanted, look.z)
    is_told = look.is_last or wanted.answers >= settings.minimum_answers
    if failing is None or not is_told or failing.low <= FAILING_MOST:
        return None
    return "canary_failing", f"the live model had to give {failing.value:.1%} of its answers"


def _worse_answers(sides: Sides, z: float) -> tuple[Why, str] | None:
    """What is worse about its answers beyond doubt, whatever is clicked."""
    kinds: tuple[tuple[Why, str, float, str], ...] = (
        ("canary_empty", "empty", EMPTY_MORE_MOST, "hold no item"),
        ("canary_fallback", "fallback", FALLBACK_MORE_MOST, "come from a fallback tier"),
    )
    for code, what, most, words in kinds:
        live, new = (share(getattr(side, what), z) for side in sides)
        if live is not None and new is not None and difference(new, live).low > most:
            beside = f"{live.value:.1%} of the live model's"
            return code, f"{new.value:.1%} of its answers {words}, {beside}"
    return None


def figures_of(sides: Sides, settings: CanarySettings, look: Look) -> dict[str, Any]:
    """What is written down beside a decision."""
    told: dict[str, Any] = {"until": look.until.isoformat(), "outcome": settings.outcome}
    for name, side in sides._asdict().items():
        rate = share(getattr(side, settings.outcome), look.z)
        told[name] = {
            "answers": side.answers,
            "users": side.units,
            "hits": getattr(side, settings.outcome).hits,
            "rate": None if rate is None else [round(one, 6) for one in rate],
            "empty": side.empty.hits,
            "fallback": side.fallback.hits,
        }
    told["new"]["failed"] = sides.live.substitutes.hits
    return told
