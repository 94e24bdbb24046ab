"""
All checks of one dataset, in the order in which their findings are told. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender_store.tenants.settings import Check, TenantSettings
from trainers.datasets.interactions import US_PER_DAY
from trainers.datasets.snapshot import Snapshot
from trainers.datasets.split import split_by_time

from . import basis
from .clock import clock
from .composition import kind_missing, renamed_items, unknown_items
from .days import by_days
from .finding import Finding
from .repetition import bots, duplicates, find_bots, leak
from .shift import PERIOD_DAYS, Profile, profile, shift
from .volume import volume_by_day, volume_decline

NOBODY = np.empty(0, dtype=np.int32)


@dataclass(frozen=True)
class Inspection:
    """What was found, who is left out, and what the next training compares with."""

    findings: list[Finding]
    left_out: NDArray[np.int32]
    """Rows of actors."""
    profile: Profile | None


def inspect(
    taken: Snapshot,
    settings: TenantSettings,
    *,
    in_catalog: NDArray[np.int32] = NOBODY,
    current: Profile | None = None,
) -> Inspection:
    """
    Args:
        taken: the dataset, as the log gave it.
        settings: the tenant's.
        in_catalog: rows of the items that the catalog holds.
        current: of the log that the current model was trained on; None for none.
    """
    statistics, asked = taken.statistics, settings.checks
    hopeless = basis.constants(statistics)
    if hopeless:
        return Inspection(hopeless, NOBODY, None)
    events = taken.interactions
    left_out = find_bots(events, asked.bots) if asked.bots.enabled else NOBODY
    findings = basis.weights(events)
    if asked.identity.enabled:
        findings += basis.identity(events, statistics, asked.identity)
    findings += bots(events, left_out, asked.bots)
    if len(left_out):
        taken = without(taken, left_out)
    findings += _of_people(taken, settings, in_catalog, current)
    findings += basis.too_few(statistics.pairs, settings.training.minimum_interactions)
    made = (
        profile(taken.interactions, len(taken.users), statistics.events_by_kind)
        if len(taken.interactions)
        else None
    )
    return Inspection(findings, left_out, made)


def without(taken: Snapshot, actors: NDArray[np.int32]) -> Snapshot:
    """The dataset without what these did; its statistics stay those of the log."""
    people = taken.interactions.where(~np.isin(taken.interactions.actor, actors))
    return replace(taken, interactions=people)


def _of_people(
    taken: Snapshot,
    settings: TenantSettings,
    in_catalog: NDArray[np.int32],
    current: Profile | None,
) -> list[Finding]:
    events, asked, items = taken.interactions, settings.checks, len(taken.items)
    by_kind, users = taken.statistics.events_by_kind, len(taken.users)
    days = by_days(events, items)
    now = profile(events, users, by_kind)
    earlier = profile(events, users, by_kind, now.until_us - PERIOD_DAYS * US_PER_DAY)
    before = current.events_by_kind if current else {}
    split = split_by_time(events, settings.training.test_share)
    looks: list[tuple[Check, Callable[[], list[Finding]]]] = [
        (asked.volume, lambda: volume_by_day(days, asked.volume)),
        (asked.volume, lambda: volume_decline(days, asked.volume)),
        (asked.kinds, lambda: kind_missing(days, by_kind, before, asked.kinds)),
        (asked.catalog, lambda: unknown_items(events, in_catalog, items, asked.catalog)),
        (asked.renamed, lambda: renamed_items(days, asked.renamed)),
        (asked.clock, lambda: clock(days, asked.clock)),
        (asked.duplicates, lambda: duplicates(events, items, asked.duplicates)),
        (asked.leak, lambda: leak(split, items, asked.leak)),
        (asked.shift, lambda: shift(now, current, earlier, asked.shift)),
    ]
    return [one for check, look in looks if check.enabled for one in look()]
