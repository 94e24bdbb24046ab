"""
Which days a ledger is asked for.
"""

from datetime import date, timedelta

DAYS = 7
"""Shown where nothing is said."""


def days_asked(day: date | None, days: int | None, today: date) -> list[date]:
    """One day, or the last so many with today; in order."""
    if day is not None:
        return [day]
    count = days or DAYS
    return [today - timedelta(days=n) for n in reversed(range(count))]
