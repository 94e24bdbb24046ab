"""
Who visits a demo tenant, when, and what for.

A theme and an rng come in. A user has one to three tastes, keeps to a price level, and may
join within the period; a few users make most of the visits, as everywhere. A visit follows
one of the user's tastes, or now and then just looks into the shop window.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from .taste import Theme

WINDOW = -1  # the taste of a visit that follows none
SHARE_WINDOW = 0.12
SHARE_JOINING = 0.3
TASTES_PER_USER = (0.45, 0.35, 0.20)  # chance of one, two, three
ACTIVITY_SPREAD = 0.8  # sigma of a lognormal: the busiest tenth makes a third of the visits


@dataclass(frozen=True, slots=True)
class Visitors:
    """
    Users and, row by row beside them, how they are.

    `liking` has a column per taste and rows that sum to 1; `budget` runs from 0 to 1 like
    the level of an item; `activity` sums to 1; `joined_day` is 0 for those of long standing.
    """

    user_ids: list[str]
    liking: NDArray[np.float64]
    budget: NDArray[np.float64]
    activity: NDArray[np.float64]
    joined_day: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Visit:
    """A user's row, the index of a taste or `WINDOW`, and when: in days from the start."""

    user: int
    taste: int
    day: float


def make_visitors(theme: Theme, count: int, days: int, rng: np.random.Generator) -> Visitors:
    """Return `count` users with tastes, budgets and habits of their own."""
    activity = rng.lognormal(0.0, ACTIVITY_SPREAD, count)
    joins_late = rng.random(count) < SHARE_JOINING
    return Visitors(
        user_ids=[f"{theme.user_prefix}-{row + 1:04d}" for row in range(count)],
        liking=_liking(count, len(theme.tastes), rng),
        budget=rng.random(count),
        activity=activity / activity.sum(),
        joined_day=np.where(joins_late, rng.uniform(0, days, count), 0.0),
    )


def plan_visits(
    theme: Theme, visitors: Visitors, start: datetime, days: int, rng: np.random.Generator
) -> list[Visit]:
    """
    Return the visits of the period in time order.

    Wanted visits are drawn first; those before the user has joined, or for what is out of
    season, do not take place.
    """
    wanted = int(theme.habits.visits_per_day * len(visitors.user_ids) * days)
    users = rng.choice(len(visitors.user_ids), wanted, p=visitors.activity)
    at_days = _times(theme, start, days, wanted, rng)
    tastes = _tastes(visitors.liking[users], rng)
    season = demand(theme, at_days / days)[np.arange(wanted), tastes]
    peak = demand(theme, np.array([0.0, 1.0])).max()
    in_season = season > rng.random(wanted) * peak
    tastes[rng.random(wanted) < SHARE_WINDOW] = WINDOW
    takes_place = (at_days >= visitors.joined_day[users]) & (in_season | (tastes == WINDOW))
    order = at_days.argsort()
    return [
        Visit(int(users[i]), int(tastes[i]), float(at_days[i])) for i in order[takes_place[order]]
    ]


def demand(theme: Theme, progress: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how wanted each taste (columns) is at each part, 0 to 1, of the period (rows)."""
    first = np.array([taste.share_first_day for taste in theme.tastes])
    last = np.array([taste.share_last_day for taste in theme.tastes])
    return np.asarray(first + (last - first) * progress[:, None])


def _liking(users: int, tastes: int, rng: np.random.Generator) -> NDArray[np.float64]:
    how_many = 1 + rng.choice(len(TASTES_PER_USER), users, p=TASTES_PER_USER)
    order = rng.random((users, tastes)).argsort(axis=1)
    weight = np.where(order < how_many[:, None], rng.uniform(0.3, 1.0, (users, tastes)), 0.0)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _times(
    theme: Theme, start: datetime, days: int, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw times, in days from the start, by the weights of hours and weekdays."""
    habits = theme.habits
    clock = [start + timedelta(hours=hour) for hour in range(days * 24)]
    weight = np.array([habits.hours[at.hour] * habits.weekdays[at.weekday()] for at in clock])
    hours = rng.choice(len(clock), count, p=weight / weight.sum())
    return np.asarray((hours + rng.random(count)) / 24)


def _tastes(liking: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw one taste from each row of likings."""
    reach = liking.cumsum(axis=1)
    drawn = reach < rng.random((len(reach), 1)) * reach[:, -1:]
    return np.asarray(drawn.sum(axis=1))
