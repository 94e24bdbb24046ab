"""Figures and times as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from recommender_api.console.formats import age, change, count, duration, figure, minute


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(None, "–"), (0.44, "0.4 s"), (59, "59 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h")],
)
def test_a_duration_is_told_in_its_largest_unit_that_says_enough(seconds, told):
    assert duration(seconds) == told


def test_days_are_days():
    assert age(datetime.now(UTC) - timedelta(days=3)) == "3 d ago"
    assert age(None) == "–"


def test_a_time_is_told_in_utc():
    assert minute("2026-11-20T03:15:59+02:00") == "2026-11-20 01:15"


def test_figures_that_are_not_there_are_a_dash():
    assert (count(None), figure(None), change(None, 1), change(1, 0)) == ("–", "–", "–", "–")
    assert (count(1234), figure(0.1), change(0.3, 0.2)) == ("1,234", "0.1000", "+50%")
