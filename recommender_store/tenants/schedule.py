"""
When a tenant is to be trained: every so often, or at the times of a cron line, in UTC. Pure.

An interval is `30m`, `6h` or `1d`. A cron line has the usual five fields (minute, hour, day of the
month, month, day of the week; lists, ranges, steps and three-letter names; 0 and 7 are Sunday).
Where both days are restricted either one will do, as cron has always had it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import NamedTuple

_INTERVAL = re.compile(r"([1-9]\d{0,3})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LOOKED_AHEAD = timedelta(days=8 * 366)
"""The 29th of February comes again within eight years."""
_ANY_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_TIMES_LOOKED_AT = 16

WRITTEN = "write an interval such as 6h or 1d, or a cron line of five fields such as '0 3 * * *'"


class _Part(NamedTuple):
    """One field of a cron line: what may stand in it."""

    name: str
    least: int
    most: int
    names: Sequence[str] = ()


_PARTS = (
    _Part("minute", 0, 59),
    _Part("hour", 0, 23),
    _Part("day of the month", 1, 31),
    _Part("month", 1, 12, _MONTHS),
    _Part("day of the week", 0, 7, _DAYS),
)


@dataclass(frozen=True)
class Every:
    """Once in so much time, counted from when it was last done."""

    period: timedelta

    def after(self, moment: datetime) -> datetime | None:
        return moment + self.period


@dataclass(frozen=True)
class At:
    """At the times of a cron line."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """0 is Sunday."""
    either_day: bool
    """Both kinds of day are restricted, and one of them is enough."""

    def after(self, moment: datetime) -> datetime | None:
        """The first time later than `moment`, to the minute; None where there never is one."""
        at = moment.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        until = at + _LOOKED_AHEAD
        while at < until:
            if not self._is_on(at):
                at = at.replace(hour=0, minute=0) + timedelta(days=1)
            elif at.hour not in self.hours:
                at = at.replace(minute=0) + timedelta(hours=1)
            elif at.minute not in self.minutes:
                at += timedelta(minutes=1)
            else:
                return at
        return None

    def _is_on(self, at: datetime) -> bool:
        if at.month not in self.months:
            return False
        days = (at.day in self.days, at.isoweekday() % 7 in self.weekdays)
        return any(days) if self.either_day else all(days)


Schedule = Every | At


def parse_schedule(text: str) -> Schedule:
    """
    Raises:
        ValueError: names what is not understood.
    """
    interval = _INTERVAL.fullmatch(text.strip())
    if interval is not None:
        return Every(int(interval[1]) * _UNITS[interval[2]])
    fields = text.lower().split()
    if len(fields) != len(_PARTS):
        raise ValueError(f"{text!r} is no schedule: {WRITTEN}")
    minutes, hours, days, months, weekdays = (
        _values(field, part) for field, part in zip(fields, _PARTS, strict=True)
    )
    made = At(
        minutes,
        hours,
        days,
        months,
        weekdays=frozenset(day % 7 for day in weekdays),
        either_day=not (fields[2].startswith("*") or fields[4].startswith("*")),
    )
    if made.after(datetime(2000, 1, 1, tzinfo=UTC)) is None:
        raise ValueError(f"{text!r} names a day that never comes")
    return made


@cache
def shortest_gap(text: str) -> timedelta:
    """
    The least time between two of its next times; of a cron line, among the next sixteen.

    Raises:
        ValueError: where it is no schedule.
    """
    schedule = parse_schedule(text)
    times, at = [_ANY_MONDAY], schedule.after(_ANY_MONDAY)
    while at is not None and len(times) <= _TIMES_LOOKED_AT:
        times.append(at)
        at = schedule.after(at)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return min(gaps if isinstance(schedule, Every) else gaps[1:], default=_LOOKED_AHEAD)


def checked_schedule(text: str) -> str:
    """
    The text, where it is a schedule.

    Raises:
        ValueError: where it is none.
    """
    parse_schedule(text)
    return text


def _values(field: str, part: _Part) -> frozenset[int]:
    found: set[int] = set()
    for piece in field.split(","):
        span, slash, step = piece.partition("/")
        if slash and not (step.isdecimal() and int(step) > 0):
            raise _unreadable(piece, part)
        first, last = _span(span, part, is_stepped=bool(slash))
        found |= set(range(first, last + 1, int(step) if slash else 1))
    return frozenset(found)


def _span(span: str, part: _Part, *, is_stepped: bool) -> tuple[int, int]:
    if span == "*":
        return part.least, part.most
    low, dash, high = span.partition("-")
    first = _number(low, part)
    last = _number(high, part) if dash else (part.most if is_stepped else first)
    if last < first:
        raise _unreadable(span, part)
    return first, last


def _number(text: str, part: _Part) -> int:
    if text in part.names:
        return part.names.index(text) + part.least
    if not (text.isascii() and text.isdecimal() and part.least <= int(text) <= part.most):
        raise _unreadable(text, part)
    return int(text)


def _unreadable(text: str, part: _Part) -> ValueError:
    return ValueError(
        f"{text!r} is no {part.name} ({part.least} to {part.most}) of a cron line: {WRITTEN}"
    )
