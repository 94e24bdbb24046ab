"""
Events that are there too often: twins under different ids, bots, and a test that repeats the
training. Pure.
"""

import numpy as np
from numpy.typing import NDArray

from recommender_store.tenants.settings import BotsCheck, DuplicatesCheck, LeakCheck
from trainers.datasets.distinct import distinct_rows
from trainers.datasets.interactions import US_PER_DAY, Interactions
from trainers.datasets.ordering import begins, stable_order
from trainers.datasets.split import Split

from .finding import Figures, Finding

WITHIN_US = 1_000_000
FEWEST_EVENTS = 100
TIMES_NEWER = 3.0
"""A test period is suspicious with a third of the new pairs that the stretch before it had."""


def find_bots(events: Interactions, asked: BotsCheck) -> NDArray[np.int32]:
    """Rows of the actors whom no person could be, the busiest first."""
    counts = np.bincount(events.actor)
    active = np.sort(counts[counts > 0])
    # Without the busiest of a hundred, at least one: a bot must not be the measure of itself.
    usual = (
        float(np.quantile(active[: -max(len(active) // 100, 1)], 0.95)) if active[1:].size else 0
    )
    limit = max(asked.minimum_events, asked.times_usual * usual)
    rows = np.flatnonzero(counts > limit) if usual else np.empty(0, np.int64)
    return rows[np.argsort(-counts[rows], kind="stable")].astype(np.int32)


def bots(events: Interactions, rows: NDArray[np.int32], asked: BotsCheck) -> list[Finding]:
    """They are named by rank and share, never by id."""
    if not len(rows):
        return []
    shares = np.bincount(events.actor)[rows] / len(events)
    refused = bool(shares.sum() > asked.refuse_share)
    named = ", ".join(
        f"number {rank} makes {share:.1%}" for rank, share in enumerate(shares[:3], start=1)
    )
    fate = "too much to go on without" if refused else "left out of this training"
    sentence = (
        f"{len(rows)} users do what no person does: of all events {named}; they are {fate}. Keep "
        "crawlers and tests out of what is logged"
    )
    figures: Figures = {"users": len(rows), "share": round(float(shares.sum()), 4)}
    figures |= {
        f"share_of_rank_{rank}": round(float(one), 4) for rank, one in enumerate(shares[:3], 1)
    }
    return [Finding("bots", "refuse" if refused else "warn", sentence, figures)]


def duplicates(events: Interactions, item_count: int, asked: DuplicatesCheck) -> list[Finding]:
    """Share of events with an earlier twin within a second, in all and in the newest week."""
    twins = _twins(events, item_count)
    newest = events.at_us > events.at_us[-1] - 7 * US_PER_DAY
    share, recent = float(twins.mean()), float(twins[newest].mean())
    worst = recent if np.count_nonzero(newest) >= FEWEST_EVENTS else share
    worst = max(worst, share)
    if worst < asked.warn_share or len(events) < FEWEST_EVENTS:
        return []
    sentence = (
        f"{worst:.0%} of the events repeat another one of the same user, item and kind within a "
        "second, under another event_id: is an event sent by two places, or retried with a new "
        "id? one event keeps one id"
    )
    figures: Figures = {"share": round(share, 4), "share_of_the_last_week": round(recent, 4)}
    refused = worst >= asked.refuse_share
    return [Finding("duplicates", "refuse" if refused else "warn", sentence, figures)]


def _twins(events: Interactions, item_count: int) -> NDArray[np.bool_]:
    kinds = distinct_rows(events.kind)
    pair = events.actor.astype(np.int64) * item_count + events.item
    key = pair * len(kinds) + np.searchsorted(kinds, events.kind)
    order = stable_order(key)  # in order of time within each key
    is_twin = np.zeros(len(events), dtype=bool)
    same = ~begins(key[order])[1:]
    is_twin[order[1:]] = same & (np.diff(events.at_us[order]) <= WITHIN_US)
    return is_twin


def _among(keys: NDArray[np.int64], ordered: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each key is in the ordered ones."""
    places = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    found: NDArray[np.bool_] = ordered[places] == keys
    return found


def leak(split: Split, item_count: int, asked: LeakCheck) -> list[Finding]:
    """
    A test period whose pairs the training has nearly all seen, where that is not usual.

    Usual is what the stretch of as many events just before the split repeats of its own past.
    """
    test, learned = split.test, split.train
    if len(learned) and learned.at_us[-1] >= split.at_us:
        sentence = "events of the test period are among those to train on: split the log anew"
        return [Finding("test_leak", "refuse", sentence, {"at_us": split.at_us})]
    length = len(test)
    if not FEWEST_EVENTS <= length <= len(learned) // 2:
        return []
    pairs = learned.actor.astype(np.int64) * item_count + learned.item
    foretold = test.actor.astype(np.int64) * item_count + test.item
    past, before = np.sort(pairs[:-length]), np.sort(pairs[-length:])
    repeated = float((_among(foretold, past) | _among(foretold, before)).mean())
    usual = float(_among(before, past).mean())
    if repeated < asked.repeat_share or TIMES_NEWER * (1 - repeated) > 1 - usual:
        return []
    sentence = (
        f"{repeated:.0%} of the test period's events repeat what the training has seen, where "
        f"{usual:.0%} are usual: was the newest part of the log written into its past? a test on "
        "it would prove nothing"
    )
    figures: Figures = {"repeated": round(repeated, 4), "usual": round(usual, 4)}
    return [Finding("test_leak", "refuse", sentence, figures)]
