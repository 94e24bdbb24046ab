"""
An experiment's variants beside each other: how many answers, what part of them was clicked and led
to a purchase, and how sure that is.

It decides nothing, and says what its figures rest on.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from recommender_store.policies.experiment import Experiment
from recommender_store.tenant_space import TenantSpace

from .intervals import LEVEL, Clustered, Estimate, difference, share
from .outcomes import Outcome, outcomes

DAYS_MOST: Final = 90
"""What is looked at goes back no further."""
FEW: Final = 100
"""With fewer answers of a variant its intervals are wide, and said to be."""


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class Interval(_Told):
    """A figure, and between which two it lies with the certainty of `level`."""

    value: float
    low: float
    high: float


class Rate(_Told):
    """Answers that something came of, and their part of all."""

    answers: int
    rate: Interval | None
    """None where there were no answers."""
    over_control: Interval | None
    """By how much the rate is more than the control's; None for the control itself."""


class VariantFigures(_Told):
    """One variant, as far as its answers were written down."""

    variant: str
    weight: float | None
    """None where the record has it no more."""
    is_control: bool
    units: int
    """Users, or sessions without one."""
    answers: int
    shown: int
    """Answers that an impression names."""
    clicked: Rate
    converted: Rate
    """Answers that a purchase names."""


class Figures(_Told):
    """What an experiment showed so far."""

    since: datetime
    until: datetime
    level: float = LEVEL
    basis: Literal["sample"] = "sample"
    sampled_share: float
    """Of the answers, to be written down, by the tenant's settings of now."""
    variants: list[VariantFigures]
    notes: list[str]


def figures_of(space: TenantSpace, experiment: Experiment, now: datetime) -> Figures:
    """
    Since it began, at most 90 days back.

    Raises:
        LogMoved, LogFileCorrupt, SegmentCorrupt: as `outcomes`.
    """
    earliest = now - timedelta(days=DAYS_MOST)
    since = max(experiment.starts_at or earliest, earliest)
    until = min(experiment.ends_at or now, now)
    found = outcomes(space, experiment.id, since, until) if since < until else {}
    return beside(experiment, found, (since, until), space.settings().serving.trace_share)


def beside(
    experiment: Experiment,
    found: Mapping[str, Outcome],
    between: tuple[datetime, datetime],
    sampled_share: float,
) -> Figures:
    """The variants as the record has them, then those that it had once."""
    weights = {variant.id: variant.weight for variant in experiment.variants}
    names = [*weights, *sorted(found.keys() - weights.keys())]
    control = experiment.control.id
    outcome = {name: found.get(name, Outcome()) for name in names}

    def rate(name: str, what: Literal["clicked", "converted"]) -> Rate:
        mine: Clustered = getattr(outcome[name], what)
        ours, theirs = share(mine), share(getattr(outcome[control], what))
        over = None
        if name != control and ours is not None and theirs is not None:
            over = interval_of(difference(ours, theirs))
        return Rate(answers=mine.hits, rate=interval_of(ours), over_control=over)

    variants = [
        VariantFigures(
            variant=name,
            weight=weights.get(name),
            is_control=name == control,
            units=outcome[name].units,
            answers=outcome[name].answers,
            shown=outcome[name].shown,
            clicked=rate(name, "clicked"),
            converted=rate(name, "converted"),
        )
        for name in names
    ]
    return Figures(
        since=between[0],
        until=max(between),
        sampled_share=sampled_share,
        variants=variants,
        notes=_notes(variants, sampled_share),
    )


def interval_of(estimate: Estimate | None) -> Interval | None:
    if estimate is None:
        return None
    value, low, high = (round(one, 6) for one in estimate)
    return Interval(value=value, low=low, high=high)


def _notes(variants: list[VariantFigures], sampled_share: float) -> list[str]:
    """What somebody should know who reads the figures."""
    answers = sum(one.answers for one in variants)
    counts = (
        f"counts are of the answers that were written down, now {sampled_share:.3g} of all, drawn "
        "by chance: rates are those of all answers, counts are not"
    )
    none = "no answers are written down: raise the setting serving.trace_share"
    notes = [counts if sampled_share else none]
    few = [one.variant for one in variants if one.answers < FEW]
    if few:
        notes.append(
            f"fewer than {FEW} answers of {', '.join(few)} were written down: wait, or raise "
            "serving.trace_share"
        )
    if answers and not any(one.clicked.answers or one.converted.answers for one in variants):
        notes.append(
            "no click and no purchase names a recommendation_id of these answers: are they sent?"
        )
    if answers and not any(one.shown for one in variants):
        notes.append(
            "no impression names a recommendation_id of these answers: whether they were shown "
            "is not known, and rates are of answers, not of what was seen"
        )
    return notes
