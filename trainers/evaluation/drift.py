"""
What changed between the events that a model was trained on and those that came since. Pure.

Distances are held against what the log did to itself before: the newest stretch that the model
knows, of the same length, beside what came before that. What is usual is taken off; the rest is
drift.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recommender_models.seen import KIND_BITS
from recommender_store.runs.live import Advice, DriftFigure
from trainers.datasets.distinct import distinct_rows
from trainers.datasets.divergence import jensen_shannon, psi
from trainers.datasets.interactions import US_PER_DAY, Interactions
from trainers.datasets.split import Split, split_at

RECENT_US = 28 * US_PER_DAY
"""How far back counts are compared: what lies longer back is another season."""
LEAST_DAYS = 1.0
"""Of a shorter stretch the events a day say more of the hour than of the log."""

THRESHOLDS: dict[str, tuple[float, Advice]] = {
    "unknown_item_share": (0.2, "retrain"),
    "unknown_user_share": (0.3, "look at the logger"),
    "kind_psi": (0.25, "look at the logger"),
    "item_popularity_jsd": (0.1, "retrain"),
    "volume_change": (1.0, "look at the logger"),
    "catalog_growth": (0.2, "retrain"),
    "model_age_days": (14.0, "retrain"),
}
"""From where on each figure is a finding, beyond what is usual; and what to do about it."""


@dataclass(frozen=True)
class Distances:
    """Between two stretches of a log."""

    unknown_items: float
    """Share of the later events whose item the earlier ones do not name."""
    unknown_users: float | None
    """The same of users; None where no later event has one."""
    kinds: float
    popularity: float


@dataclass(frozen=True)
class Surroundings:
    """What drift is told from beside the log."""

    new_items: int
    """Items of the catalog that the model has no row for."""
    known_items: int
    """Rows of the model."""
    age_days: float
    """Since the newest event that the model knows."""


def distances(before: Interactions, after: Interactions, user_count: int) -> Distances:
    """Both not empty; rows of actors below `user_count` are users, the others sessions."""
    recent = before.where(before.at_us >= before.at_us[-1] - RECENT_US)
    of_users = after.actor[after.actor < user_count]
    bits = np.array(list(KIND_BITS.values()))
    kinds = [(one.kind[:, None] == bits).sum(axis=0, dtype=np.float64) for one in (recent, after)]
    width = int(max(recent.item.max(), after.item.max())) + 1
    items = [np.bincount(one.item, minlength=width).astype(np.float64) for one in (recent, after)]
    return Distances(
        unknown_items=1 - float(np.isin(after.item, distinct_rows(before.item)).mean()),
        unknown_users=1 - float(np.isin(of_users, distinct_rows(before.actor)).mean())
        if len(of_users)
        else None,
        kinds=psi(*kinds),
        popularity=jensen_shannon(*items),
    )


def usual(split: Split, user_count: int) -> Distances | None:
    """The same a stretch earlier; None where the log does not go back so far."""
    length_us = int(split.test.at_us[-1]) + 1 - split.at_us
    earlier = split_at(split.train, split.at_us - length_us)
    reaches = int(split.train.at_us[0]) <= split.at_us - 2 * length_us
    if not reaches or not len(earlier.train) or not len(earlier.test):
        return None
    return distances(earlier.train, earlier.test, user_count)


def drift(split: Split, user_count: int, beside: Surroundings) -> list[DriftFigure]:
    """
    Args:
        split: where what the model knows ends; neither side is empty.
        user_count: rows of actors below it are users.
        beside: model and catalog.
    """
    now, before = distances(split.train, split.test, user_count), usual(split, user_count)
    return [
        *_of_events(now, before),
        *_of_volume(split),
        *_of_catalog(beside),
        _figure(
            "model_age_days",
            beside.age_days,
            f"the newest event that the model knows is {beside.age_days:.1f} days old",
        ),
    ]


def _of_events(now: Distances, before: Distances | None) -> Iterator[DriftFigure]:
    yield _figure(
        "unknown_item_share",
        now.unknown_items,
        f"{now.unknown_items:.1%} of the events are on items without a past in the data that the "
        "model was trained on",
        before.unknown_items if before else None,
    )
    if now.unknown_users is not None:
        yield _figure(
            "unknown_user_share",
            now.unknown_users,
            f"{now.unknown_users:.1%} of the users' events are of users without a past in that "
            "data; where they became more at once, look whether ids of users are still the same",
            before.unknown_users if before else None,
        )
    yield _figure(
        "kind_psi",
        now.kinds,
        f"the kinds of events are spread otherwise by a PSI of {now.kinds:.3f}",
        before.kinds if before else None,
    )
    yield _figure(
        "item_popularity_jsd",
        now.popularity,
        "what is popular is another thing by a Jensen-Shannon divergence of "
        f"{now.popularity:.3f} bits",
        before.popularity if before else None,
    )


def _of_volume(split: Split) -> Iterator[DriftFigure]:
    newest_us = int(split.test.at_us[-1]) + 1
    days = (newest_us - split.at_us) / US_PER_DAY
    recent = split.train.at_us[split.train.at_us >= split.at_us - RECENT_US]
    days_before = (split.at_us - int(recent[0])) / US_PER_DAY if len(recent) else 0.0
    if min(days, days_before) < LEAST_DAYS:
        return
    a_day, before = len(split.test) / days, len(recent) / days_before
    yield _figure(
        "volume_change",
        abs(float(np.log2(a_day / before))),
        f"{a_day:,.0f} events a day came, where {before:,.0f} did in the weeks before (a change of "
        "1 is half, or twice)",
    )


def _of_catalog(beside: Surroundings) -> Iterator[DriftFigure]:
    if not beside.known_items:
        return
    yield _figure(
        "catalog_growth",
        beside.new_items / beside.known_items,
        f"the catalog has {beside.new_items:,} items that the model has no row for, beside the "
        f"{beside.known_items:,} that it has",
    )


def _figure(name: str, value: float, sentence: str, usual: float | None = None) -> DriftFigure:
    threshold, advice = THRESHOLDS[name]
    if usual is not None:
        sentence += f" ({usual:.3g} is usual)"
    return DriftFigure(name, value, threshold, advice, sentence, usual)
