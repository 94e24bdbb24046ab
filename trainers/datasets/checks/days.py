"""
A log told by days: counted once, and what most checks look at instead of the events. Pure.

Days are UTC days; `hours_back` are stretches of 24 hours counted back from the newest event, for
what must not depend on the time of day at which a training happens to start.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender_models.seen import KIND_BITS
from trainers.datasets.distinct import distinct_keys
from trainers.datasets.interactions import US_PER_DAY, Interactions

US_PER_HOUR = US_PER_DAY // 24

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Days:
    """All counts are of events unless they say otherwise; the newest day is the last row."""

    first: int
    """Days since 1970."""
    by_hour: Counts
    """[days, 24]"""
    actors: Counts
    """[days], distinct."""
    newcomers: Counts
    """[days], of items without an event on any earlier day of the window."""
    back_by_kind: Counts
    """[stretches of 24 hours, kinds], the newest first."""
    back_by_hour: Counts
    """[stretches of 24 hours, 24], the newest first."""
    weekly_gap_us: Counts
    """[stretches of 7 days], the longest silence that ended in each, the newest first."""
    gap_us: int
    """The longest silence that ended in the newest three days."""

    def __len__(self) -> int:
        return len(self.by_hour)

    @property
    def volume(self) -> NDArray[np.float64]:
        """Events by day."""
        events: NDArray[np.float64] = self.by_hour.sum(axis=1).astype(np.float64)
        return events

    def date(self, day: int) -> str:
        return str(np.datetime64(self.first + day, "D"))


KIND_NAMES = tuple(KIND_BITS)


def by_days(events: Interactions, item_count: int) -> Days:
    """
    Args:
        events: in order of time, at least one.
        item_count: rows of items.
    """
    day = events.at_us // US_PER_DAY
    first = int(day[0])
    day = (day - first).astype(np.int64)
    count = int(day[-1]) + 1
    hour = events.at_us // US_PER_HOUR % 24
    back = (events.at_us[-1] - events.at_us) // US_PER_DAY
    kind = np.zeros(len(events), dtype=np.int64)
    for place, bit in enumerate(KIND_BITS.values()):
        kind[events.kind == bit] = place
    return Days(
        first=first,
        by_hour=_table(day, hour, count, 24),
        actors=_distinct(day, events.actor, count),
        newcomers=_newcomers(day, events.item, count, item_count),
        back_by_kind=_table(back, kind, int(back[0]) + 1, len(KIND_NAMES)),
        back_by_hour=_table(back, hour, int(back[0]) + 1, 24),
        weekly_gap_us=_weekly_gaps(events.at_us),
        gap_us=_gap(events.at_us),
    )


def _table(rows: Counts, columns: Counts, row_count: int, column_count: int) -> Counts:
    cells = np.bincount(rows * column_count + columns, minlength=row_count * column_count)
    return cells.reshape(row_count, column_count).astype(np.int64)


def _distinct(day: Counts, actor: NDArray[np.int32], count: int) -> Counts:
    width = int(actor.max()) + 1
    pairs = distinct_keys(day * width + actor)
    return np.bincount(pairs // width, minlength=count).astype(np.int64)


def _newcomers(day: Counts, item: NDArray[np.int32], count: int, item_count: int) -> Counts:
    debut = np.zeros(item_count, dtype=np.int64)
    # In order of time: counted backwards, the first event's day stays.
    debut[item[::-1]] = day[::-1]
    return np.bincount(day[debut[item] == day], minlength=count).astype(np.int64)


def _weekly_gaps(at_us: Counts) -> Counts:
    week = (at_us[-1] - at_us[1:]) // (7 * US_PER_DAY)
    longest = np.zeros(int(week[0]) + 1 if len(week) else 0, dtype=np.int64)
    np.maximum.at(longest, week, np.diff(at_us))
    return longest


def _gap(at_us: Counts) -> int:
    recent = np.flatnonzero(at_us > at_us[-1] - 3 * US_PER_DAY)
    return int(np.diff(at_us[max(int(recent[0]) - 1, 0) :]).max(initial=0))
