"""Figures and times as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from recommender_api.console.access.forms import figure_in
from recommender_api.console.look.formats import (
    SHOWN_CHARACTERS,
    age,
    change,
    count,
    duration,
    figure,
    minute,
    number,
    size,
    written,
)


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


def test_bytes_are_told_by_thousands():
    told = [size(one) for one in (None, 0, 999, 1000, 12_345, 5e9, 2e15)]

    assert told == ["–", "0 B", "999 B", "1 kB", "12.3 kB", "5 GB", "2 PB"]


def test_a_field_of_a_record_is_told_in_a_line_that_ends():
    assert written("as it is") == "as it is"
    assert written(["a", 1]) == '["a", 1]'
    assert (written(5_000_000), written(0.5), written(True)) == ("5,000,000", "0.5", "true")
    assert len(written("x" * 1000)) == SHOWN_CHARACTERS + 1


def test_large_figures_keep_every_digit():
    assert number(536_870_912_000) == "536,870,912,000"


@pytest.mark.parametrize(
    ("typed", "read"),
    [("", None), (" 7 ", 7), ("0.5", 0.5), ("-1", -1), ("many", "many"), ("1,5", "1,5")],
)
def test_a_figure_is_read_as_it_was_typed(typed, read):
    assert figure_in(typed) == read
