"""When a schedule comes next."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from recommender_store.tenants.schedule import parse_schedule, shortest_gap


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "last", "following"),
    [
        ("30m", "2026-11-22 03:10", "2026-11-22 03:40"),
        ("6h", "2026-11-22 03:10", "2026-11-22 09:10"),
        ("1d", "2026-11-22 03:10", "2026-11-23 03:10"),
        ("0 3 * * *", "2026-11-22 03:00", "2026-11-23 03:00"),
        ("0 3 * * *", "2026-11-22 02:59", "2026-11-22 03:00"),
        ("*/20 * * * *", "2026-11-22 23:41", "2026-11-23 00:00"),
        ("15,45 8-10 * * *", "2026-11-22 08:15", "2026-11-22 08:45"),
        ("15,45 8-10 * * *", "2026-11-22 10:45", "2026-11-23 08:15"),
        ("0 4/6 * * *", "2026-11-22 05:00", "2026-11-22 10:00"),
        ("0 0 1 * *", "2026-11-22 00:00", "2026-12-01 00:00"),
        ("0 0 * jan *", "2026-11-22 00:00", "2027-01-01 00:00"),
        ("0 5 * * mon-fri", "2026-11-20 06:00", "2026-11-23 05:00"),
        ("0 5 * * 7", "2026-11-22 05:00", "2026-11-29 05:00"),
        ("0 5 * * 0", "2026-11-21 05:00", "2026-11-22 05:00"),
        ("0 5 13 * fri", "2026-11-09 00:00", "2026-11-13 05:00"),
        ("0 5 14 * fri", "2026-11-13 05:00", "2026-11-14 05:00"),
        ("0 0 29 2 *", "2026-03-01 00:00", "2028-02-29 00:00"),
        ("0 0 29 2 *", "2096-03-01 00:00", "2104-02-29 00:00"),
    ],
)
def test_the_next_time_is_the_first_that_is_later(text: str, last: str, following: str) -> None:
    assert parse_schedule(text).after(at(last)) == at(following)


def test_a_cron_line_is_read_in_utc_wherever_the_moment_was_taken() -> None:
    berlin = timezone(timedelta(hours=1))

    following = parse_schedule("0 3 * * *").after(datetime(2026, 11, 22, 3, 30, tzinfo=berlin))

    assert following == at("2026-11-22 03:00")


@pytest.mark.parametrize(
    "text",
    [
        *("", "daily", "0h", "1w", "-1d", "1.5h", "100000h", "* * * *", "* * * * * *"),
        *("60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *"),
        *("*/0 * * * *", "*/x * * * *", "a * * * *", "1, * * * *", "² * * * *", "0 0 30 feb *"),
    ],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"schedule|cron line|never comes"):
        parse_schedule(text)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("90m", 1.5), ("1d", 24), ("0 3 * * *", 24), ("0 3,8 * * mon", 5), ("0 5 * * mon-fri", 24)],
)
def test_the_shortest_gap_is_that_between_two_times_of_the_schedule(
    text: str, hours: float
) -> None:
    assert shortest_gap(text) == timedelta(hours=hours)
