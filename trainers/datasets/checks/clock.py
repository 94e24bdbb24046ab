"""
Time that does not flow: silences, a day that stands beside its place, hours that moved. Pure.
"""

import numpy as np
from numpy.typing import NDArray

from recommender_store.tenants.settings import ClockCheck

from .days import US_PER_HOUR, Days
from .finding import Figures, Finding
from .volume import RECENT_DAYS, expected_volume, spread, surprises

TIMES_USUAL, TIMES_LONGEST = 2.7, 1.25
"""So many times the usual longest silence of a week, and the longest of half a year, is news."""
HALF_A_YEAR = 26
"""Weeks."""
A_DAY_US = (23.5 * US_PER_HOUR, 25 * US_PER_HOUR)
"""A jump over a day is a silence of a day, and of no more than the usual night on top of it."""
LATE_DAYS = 3
"""What lies longer back was told by earlier trainings."""
EMPTY, TAKEN_OVER = 0.3, 0.7
"""Share of its events that a day still has, and that the day beside it has on top of its own."""
JUMP_SIGMAS = 3.0
"""So far above the usual the full day must be: people come a day later by themselves, too."""
HISTORY = 28
FEWEST_EVENTS = 200
MOVED, EXPLAINED = 0.35, 0.5
"""Total variation between hours of the day: so much is a move if shifting takes half of it away."""


def clock(days: Days, asked: ClockCheck) -> list[Finding]:
    """A day that stands beside its place explains the silence that it left."""
    return _misplaced_day(days) or (_silence(days, asked) + _moved_hours(days))


def _silence(days: Days, asked: ClockCheck) -> list[Finding]:
    weeks = days.weekly_gap_us[1 : HALF_A_YEAR + 1]
    if len(weeks) < 2:
        return []
    usual = float(np.median(weeks))
    longest = max(TIMES_USUAL * usual, TIMES_LONGEST * float(weeks.max()))
    if days.gap_us < max(longest, asked.gap_hours * US_PER_HOUR):
        return []
    figures: Figures = {
        "hours": round(days.gap_us / US_PER_HOUR, 1),
        "usual_hours": round(usual / US_PER_HOUR, 1),
    }
    said = (
        f"nothing happened for {figures['hours']} hours in the last three days, where "
        f"{figures['usual_hours']} is the longest silence of a usual week: "
    )
    if A_DAY_US[0] <= days.gap_us <= A_DAY_US[1] + usual:
        sentence = said + "it is a day too long; did a sender's clock jump by a day?"
        return [Finding("clock_jump", "warn", sentence, figures)]
    sentence = said + "is a sender or an import silent, or was it closed?"
    return [Finding("time_gap", "warn", sentence, figures)]


def _misplaced_day(days: Days) -> list[Finding]:
    """A day that is all but empty beside one that has its events on top of its own."""
    volume = days.volume
    usual_spread = spread(surprises(volume)[:-RECENT_DAYS])
    if usual_spread is None:
        return []
    for day in range(max(len(days) - LATE_DAYS, 1), len(days)):
        for empty, full in ((day - 1, day), (day, day - 1)):
            if empty == len(days) - 1:  # it may not be over
                continue
            if _took_over(volume, empty, full, usual_spread):
                return [_jump(days, empty, full)]
    return []


def _took_over(volume: NDArray[np.float64], empty: int, full: int, usual_spread: float) -> bool:
    before = min(empty, full)
    missing, usual = (expected_volume(volume, one, before) for one in (empty, full))
    if missing < FEWEST_EVENTS / 4 or volume[empty] > EMPTY * missing:
        return False
    if volume[full] < usual + TAKEN_OVER * missing:
        return False
    # A day that is usually closed has nothing to be held against: any trade on it is news.
    return not usual or bool(np.log(volume[full] / usual) >= JUMP_SIGMAS * usual_spread)


def _jump(days: Days, empty: int, full: int) -> Finding:
    seen = {"empty_day": days.date(empty), "full_day": days.date(full)}
    figures: Figures = {**seen, "empty": int(days.volume[empty]), "full": int(days.volume[full])}
    sentence = (
        f"{seen['empty_day']} has {figures['empty']} events and {seen['full_day']} beside it "
        f"{figures['full']}, many more than usual: did a sender's clock jump by a day? correct it, "
        "and send the events again with their own time"
    )
    return Finding("clock_jump", "warn", sentence, figures)


def _moved_hours(days: Days) -> list[Finding]:
    """The newest 24 hours have the usual profile, but at other hours of the day."""
    newest = days.back_by_hour[0]
    past = days.back_by_hour[1 : HISTORY + 1].sum(axis=0)
    if newest.sum() < FEWEST_EVENTS or len(days.back_by_hour) <= 7:
        return []
    now, then = newest / newest.sum(), past / max(past.sum(), 1)
    apart = np.array([0.5 * np.abs(now - np.roll(then, hours)).sum() for hours in range(24)])
    hours = int(np.argmin(apart))
    if apart[0] < MOVED or apart[hours] > EXPLAINED * apart[0]:
        return []
    hours = hours - 24 if hours > 12 else hours
    sentence = (
        f"the last 24 hours look like a usual day moved by {hours:+d} hours: does a sender's clock "
        "run in another time zone? times are to be sent with their offset"
    )
    figures: Figures = {"hours": hours, "apart": round(float(apart[0]), 3)}
    return [Finding("clock_shift", "warn", sentence, figures)]
