"""
What a dataset looks like, small enough to be kept with a run and drawn: events by day and kind,
and how long the tail of the items is. Pure; names no user and no item.
"""

from typing import Any

import numpy as np

from recommender_models.seen import KIND_BITS

from .interactions import US_PER_DAY, Interactions, to_datetime

PERIODS = 120
"""Days are put together where there are more than this."""

RANKS = 60
"""Points of the tail's curve."""


def distributions(interactions: Interactions) -> dict[str, Any]:
    """
    Returns:
        `periods`: `since` (UTC days), `days_each`, and per kind the events of each period;
        `tail`: `ranks` and `events` of the items, busiest first, and the `share` of all events
        that the busiest 1, 10 and 50 % of the items have.
    """
    return {"periods": _periods(interactions), "tail": _tail(interactions)}


def _periods(interactions: Interactions) -> dict[str, Any]:
    day = interactions.at_us // US_PER_DAY
    first, last = int(day[0]), int(day[-1])
    days_each = -(-(last - first + 1) // PERIODS)
    count = (last - first) // days_each + 1
    period = (day - first) // days_each
    kinds = {}
    for kind, bit in KIND_BITS.items():
        events = np.bincount(period[interactions.kind == bit], minlength=count)
        if events.any():
            kinds[kind] = events.tolist()
    starts = [(first + at * days_each) * US_PER_DAY for at in range(count)]
    since = [to_datetime(start).date().isoformat() for start in starts]
    return {"since": since, "days_each": days_each, "kinds": kinds}


def _tail(interactions: Interactions) -> dict[str, Any]:
    events = np.sort(np.bincount(interactions.item))[::-1]
    events = events[events > 0]
    ranks = np.unique(np.geomspace(1, len(events), RANKS).round().astype(int))
    share = {
        f"{percent}%": round(
            float(events[: max(1, len(events) * percent // 100)].sum() / events.sum()), 4
        )
        for percent in (1, 10, 50)
    }
    return {"ranks": ranks.tolist(), "events": events[ranks - 1].tolist(), "share": share}
