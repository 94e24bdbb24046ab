"""
Events by day against the log's own history: a sudden drop or spike, and a decline that no
single day shows. Pure.

A day is held against the median of the same weekday in the six weeks before, in logarithms, and
its surprise against the log's own spread (median absolute deviation, and chance): a quiet shop may
lose half a day's events by chance, a large one may not. The newest day, which may not be over, is
compared up to its last whole hour.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recommender_store.tenants.settings import VolumeCheck

from .days import Days
from .finding import Figures, Finding

HISTORY_DAYS = 140
"""Older days tell nothing of how this week should look."""
RECENT_DAYS = 7
STRETCH_DAYS = 21
"""A decline is looked for in three weeks."""
WARN_SIGMAS, REFUSE_SIGMAS = 2.5, 4.0
"""Of a log's own days one in 200, and hardly any, are so far below their weekday's median."""
SLOPE_SIGMAS = 3.5
MINIMUM_SPREAD = 0.05
"""Of the logarithms of days; a made-up log may have none at all."""
MAD_TO_SIGMA = 1.4826

Logs = NDArray[np.float64]


def volume_by_day(days: Days, asked: VolumeCheck) -> list[Finding]:
    """The newest day's drop refuses, others warn; empty days are the clock's matter."""
    volume, cut = days.volume, _whole_hours(days)
    surprise = surprises(volume)
    usual_spread = spread(surprise[:-RECENT_DAYS])
    if usual_spread is None:
        return []
    # The newest day up to a whole hour, against the same part of the days before.
    volume[-1] = days.by_hour[-1, :cut].sum()
    partial = days.by_hour[:, :cut].sum(axis=1).astype(np.float64)
    surprise[-1] = surprises(partial, last_only=True)[-1]
    findings = []
    for day in range(max(len(days) - RECENT_DAYS, 0), len(days)):
        if not np.isnan(surprise[day]):
            expected = volume[day] / np.exp(surprise[day])
            chance = 1 / volume[day] + 1 / expected
            sigmas = float(surprise[day] / np.sqrt(usual_spread**2 + chance))
            one = Day(days.date(day), volume[day], expected, sigmas, day == len(days) - 1)
            findings += _drop(one, asked) + _spike(one, asked)
    return findings


class Day(NamedTuple):
    """One day against what its weekday had."""

    date: str
    events: float
    expected: float
    sigmas: float
    is_newest: bool

    @property
    def figures(self) -> Figures:
        return {
            "day": self.date,
            "events": int(self.events),
            "expected": round(self.expected, 1),
            "change": round(self.events / self.expected - 1, 4),
            "sigmas": round(self.sigmas, 2),
        }

    @override
    def __str__(self) -> str:
        return (
            f"{self.date} has {self.events:.0f} events where its weekday had about "
            f"{self.expected:.0f} ({self.events / self.expected - 1:+.0%}, "
            f"{abs(self.sigmas):.1f} times the usual spread)"
        )


def _drop(day: Day, asked: VolumeCheck) -> list[Finding]:
    least = WARN_SIGMAS if day.is_newest else REFUSE_SIGMAS
    if 1 - day.events / day.expected < asked.drop or day.sigmas > -least:
        return []
    refused = day.is_newest and day.sigmas <= -REFUSE_SIGMAS
    sentence = (
        f"{day}: did a sender stop, or an import end half way? send what is missing, then train "
        "again"
    )
    return [Finding("volume_drop", "refuse" if refused else "warn", sentence, day.figures)]


def _spike(day: Day, asked: VolumeCheck) -> list[Finding]:
    if day.events / day.expected < 1 + asked.spike or day.sigmas < REFUSE_SIGMAS:
        return []
    sentence = (
        f"{day}: were events sent twice, did a clock jump and put another day's on top, or was it "
        "a good day?"
    )
    return [Finding("volume_spike", "warn", sentence, day.figures)]


def volume_decline(days: Days, asked: VolumeCheck) -> list[Finding]:
    """A steady loss over three weeks (Theil-Sen slope), whatever single days do."""
    logs = _against_before(days.volume[:-1], STRETCH_DAYS)
    at = np.flatnonzero(~np.isnan(logs))
    if len(at) < STRETCH_DAYS // 2:
        return []
    one, other = np.triu_indices(len(at), 1)
    slope = float(np.median((logs[at[other]] - logs[at[one]]) / (at[other] - at[one])))
    around = max(spread(logs[at] - slope * at) or 0.0, MINIMUM_SPREAD)
    # 1.1: what a Theil-Sen slope is less sure than one by least squares.
    sigmas = slope / (1.1 * around / np.sqrt(((at - at.mean()) ** 2).sum()))
    lost = float(1 - np.exp(slope * STRETCH_DAYS))
    now = float(np.median(logs[at[-RECENT_DAYS:]]))
    if lost < asked.decline or sigmas > -SLOPE_SIGMAS or np.exp(now) > 1 - 0.7 * asked.decline:
        return []
    sentence = (
        f"over the last {STRETCH_DAYS} days the events became fewer by {1 - np.exp(slope):.1%} a "
        f"day, {lost:.0%} in all: does a part of the senders go silent one by one, or is it the "
        "season?"
    )
    figures: Figures = {"per_day": round(float(np.exp(slope) - 1), 4), "lost": round(lost, 4)}
    figures["sigmas"] = round(float(sigmas), 2)
    return [Finding("volume_decline", "warn", sentence, figures)]


def surprises(volume: Logs, *, last_only: bool = False) -> Logs:
    """[days] log of each day's events over what was to be expected; NaN where nothing was."""
    found = np.full(len(volume), np.nan)
    start = len(volume) - 1 if last_only else max(len(volume) - HISTORY_DAYS, 0)
    for day in range(start, len(volume)):
        expected = expected_volume(volume, day, day)
        if volume[day] and expected:
            found[day] = np.log(volume[day] / expected)
    return found


def expected_volume(volume: Logs, day: int, before: int) -> float:
    """
    The median of the same weekday in six weeks that end before `before`; 0 where it is too early.

    A log too young for that is taken by the day.
    """
    weeks = (day - before) // 7 + 1
    same = [day - 7 * week for week in range(weeks, weeks + 6) if day - 7 * week >= 0]
    same = [one for one in same if one < before]
    if len(same) >= 3:
        return float(np.median(volume[same]))
    young = volume[max(before - 14, 0) : before]
    return float(np.median(young)) if len(young) >= RECENT_DAYS else 0.0


def _against_before(volume: Logs, stretch: int) -> Logs:
    """[stretch] the newest days over what was to be expected before the stretch began."""
    begin = len(volume) - stretch
    logs = np.full(stretch, np.nan)
    if begin < RECENT_DAYS:
        return logs
    for place in range(stretch):
        day = begin + place
        expected = expected_volume(volume, day, begin)
        if volume[day] and expected:
            logs[place] = np.log(volume[day] / expected)
    return logs


def spread(logs: Logs) -> float | None:
    """What days of this log differ by, as a standard deviation; None where too few are known."""
    known = logs[~np.isnan(logs)]
    if len(known) < RECENT_DAYS:
        return None
    deviation = float(np.median(np.abs(known - np.median(known))))
    return max(MAD_TO_SIGMA * deviation, MINIMUM_SPREAD)


def _whole_hours(days: Days) -> int:
    """Hours of the newest day that are over."""
    return int(np.flatnonzero(days.by_hour[-1])[-1])
