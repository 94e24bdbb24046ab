"""
Times as text and as numbers: RFC 3339 with a zone on the wire, epoch seconds inside.

Pure but for a bounded cache of seconds seen before, since the events of a busy moment share
them. Accepts no time without a zone: whose day it was could not be told.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timezone

from .errors import TimeUnreadable

_RFC_3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r"(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_KNOWN_SECONDS_LIMIT = 4096
_known_seconds: dict[str, int] = {}
_formatted_second = (-(10**12), "")  # no second yet


def format_time(epoch_s: float) -> str:
    """Write epoch seconds as ``2026-11-20T10:00:00.250000Z``."""
    global _formatted_second  # noqa: PLW0603 a tuple swapped whole: no lock in the caller's path
    second = int(epoch_s // 1)
    known, text = _formatted_second
    if known != second:
        text = datetime.fromtimestamp(second, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
        _formatted_second = (second, text)
    return f"{text}.{int((epoch_s - second) * 1_000_000):06d}Z"


def parse_time(text: str) -> float:
    """
    Read an RFC 3339 time as epoch seconds.

    A leap second counts as the first of the next minute.

    Raises:
        TimeUnreadable: with the code ``time_invalid`` or ``time_zone_missing``.
    """
    second = _known_seconds.get(text[:19])
    if second is not None:
        rest = text[19:]
        if rest == "Z":
            return float(second)
        if rest[:1] == "." and rest[-1:] == "Z" and rest.isascii():
            digits = rest[1:-1]
            if digits.isdigit() and len(digits) <= 9:
                return second + float(rest[:-1])
    return _parse_unknown(text)


def _parse_unknown(text: str) -> float:
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise TimeUnreadable(
            "time_invalid", "write the time like 2026-11-20T10:00:00Z or 2026-11-20T11:00:00+01:00"
        )
    day, hour, minute, second, fraction, zone = match.groups()
    if zone is None:
        raise TimeUnreadable(
            "time_zone_missing", "end the time with its zone: Z for UTC, or an offset like +01:00"
        )
    whole = _day_s(day) + _clock_s(int(hour), int(minute), int(second))
    if len(_known_seconds) >= _KNOWN_SECONDS_LIMIT:
        _known_seconds.clear()
    _known_seconds[text[:19]] = whole
    return whole - _offset_s(zone) + (float(fraction) if fraction else 0.0)


def _day_s(day: str) -> int:
    try:
        return (date.fromisoformat(day).toordinal() - _EPOCH_ORDINAL) * 86_400
    except ValueError:
        raise TimeUnreadable(
            "time_invalid", "the calendar has no such day; write it as YYYY-MM-DD"
        ) from None


def _clock_s(hour: int, minute: int, second: int) -> int:
    if hour > 23 or minute > 59 or second > 60:
        raise TimeUnreadable("time_invalid", "the clock has no such time; use 00:00:00 to 23:59:59")
    return hour * 3600 + minute * 60 + second


def _offset_s(zone: str) -> int:
    if zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 23 or minutes > 59:
        raise TimeUnreadable("time_invalid", "there is no such zone; use an offset like +01:00")
    seconds = hours * 3600 + minutes * 60
    return -seconds if zone[0] == "-" else seconds
