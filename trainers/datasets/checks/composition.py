"""
What the events are about: kinds that stopped coming, items the catalog does not hold, items that
nobody ever saw before. Pure.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recommender_store.tenants.settings import CatalogCheck, KindsCheck, RenamedCheck
from trainers.datasets.interactions import US_PER_DAY, Interactions

from .days import KIND_NAMES, Days
from .finding import Figures, Finding

OPEN_SHARE = 0.3
"""24 hours with less than this share of the usual events say nothing about kinds."""
HISTORY = 28
RECENT_DAYS = 14
FEWEST_ACTORS = 20
"""New items of a handful of people are a new shelf, not a renaming."""
KNOWN_LEFT = 0.5
"""Share of the usual events on known items that a renaming leaves at the most."""
OF_ALL = 0.01
"""A kind that made up less of all events may stay away for good."""


def kind_missing(
    days: Days, by_name: Mapping[str, int], before: Mapping[str, int], asked: KindsCheck
) -> list[Finding]:
    """
    A kind that came every day and is not there any more.

    Args:
        days: of the log.
        by_name: events by kind, whole names.
        before: the same of the log that the current model was trained on; empty for none.
        asked: the tenant's thresholds.
    """
    findings = []
    for column, name in enumerate(KIND_NAMES):
        silent = _silence(days.back_by_kind[:, column], days.back_by_kind.sum(axis=1), asked)
        if silent:
            findings.append(_missing(name, silent[0], silent[1]))
    known = {one.figures["kind"] for one in findings}
    for name, count in before.items():
        gone = not by_name.get(name) and name.partition(":")[0] not in known
        if gone and count >= OF_ALL * sum(before.values()):
            findings.append(_gone(name, count))
    return findings


def _silence(
    kind: NDArray[np.int64], every: NDArray[np.int64], asked: KindsCheck
) -> tuple[int, float] | None:
    """For how many stretches of 24 hours the kind is missing, and how often it came before."""
    is_open = every >= OPEN_SHARE * np.median(every[every > 0])
    kind = kind[is_open]
    came = np.flatnonzero(kind)
    if not len(came) or came[0] == 0:
        return None
    before = kind[came[0] :][:HISTORY]
    usual = float(np.quantile(before, 0.05))
    if len(before) < 7 or usual < asked.minimum_events:
        return None
    return int(came[0]), float(np.median(before))


def _missing(name: str, silent: int, usual: float) -> Finding:
    sentence = (
        f"no '{name}' came in the last {24 * silent} hours, where about {usual:.0f} a day used to: "
        "did a release drop the call that logs it?"
    )
    figures: Figures = {"kind": name, "hours": 24 * silent, "usual_a_day": usual}
    return Finding("kind_missing", "refuse", sentence, figures)


def _gone(name: str, count: int) -> Finding:
    sentence = (
        f"the log has no '{name}' at all, the one that the current model was trained on had "
        f"{count}: did a release drop the call that logs it, or an import leave it out?"
    )
    return Finding("kind_missing", "refuse", sentence, {"kind": name, "events_before": count})


def unknown_items(
    events: Interactions, in_catalog: NDArray[np.int32], item_count: int, asked: CatalogCheck
) -> list[Finding]:
    """Share of the newest week's events on items that the catalog, if there is one, lacks."""
    if not len(in_catalog):
        return []
    is_known = np.zeros(item_count, dtype=bool)
    is_known[in_catalog] = True
    newest = events.item[events.at_us > events.at_us[-1] - 7 * US_PER_DAY]
    share = float(1 - is_known[newest].mean())
    if share < asked.unknown_share:
        return []
    sentence = (
        f"{share:.0%} of the last week's events are on items that the catalog does not hold: do "
        "events and catalog use the same ids? `recommender items import` the missing ones"
    )
    items = len(np.unique(newest[~is_known[newest]]))
    return [Finding("unknown_items", "warn", sentence, {"share": share, "items": items})]


def renamed_items(days: Days, asked: RenamedCheck) -> list[Finding]:
    """
    A recent day most of whose events are on items without a past, where that is not usual.

    The first third of the window is left out: there everything is new.
    """
    begin = max(len(days) // 3, 7)
    share = days.newcomers / np.maximum(days.volume, 1)
    for day in range(max(begin, len(days) - RECENT_DAYS), len(days)):
        past = share[begin:day][days.volume[begin:day] > 0]
        usual = float(np.quantile(past, 0.9)) if len(past) else 0.0
        is_many = days.actors[day] >= FEWEST_ACTORS
        known_left = 1 - share[day] < KNOWN_LEFT * (1 - usual)
        if is_many and known_left and share[day] >= asked.newcomer_share:
            return [_renamed(days.date(day), float(share[day]), usual)]
    return []


def _renamed(date: str, share: float, usual: float) -> Finding:
    sentence = (
        f"{share:.0%} of the events of {date} are on items that nobody ever touched before "
        f"({usual:.0%} are usual): were the items renamed? send the ids that the past was sent "
        "with, or import the past anew under the new ones"
    )
    figures: Figures = {"day": date, "share": round(share, 4), "usual": round(usual, 4)}
    return Finding("items_renamed", "refuse", sentence, figures)
