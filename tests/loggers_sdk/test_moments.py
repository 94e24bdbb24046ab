from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loggers_sdk.errors import TimeUnreadable
from loggers_sdk.moments import format_time, parse_time

moments = st.floats(min_value=-2e9, max_value=7e9).map(lambda s: datetime.fromtimestamp(s, UTC))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0.0),
        ("1970-01-01T00:00:00.5Z", 0.5),
        ("1970-01-01T01:00:00+01:00", 0.0),
        ("1969-12-31T23:30:00-00:30", 0.0),
        ("1970-01-01t00:00:01z", 1.0),
        ("1970-01-01 00:00:01Z", 1.0),
        ("2016-12-31T23:59:60Z", 1483228800.0),
        ("2024-02-29T00:00:00.123456789Z", 1709164800.1234567),
    ],
)
def test_rfc_3339_in_all_its_shapes_is_read(text: str, expected: float) -> None:
    assert parse_time(text) == pytest.approx(expected, abs=1e-6)
    assert parse_time(text) == pytest.approx(expected, abs=1e-6)  # from the cache this time


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "time_invalid"),
        ("2026-11-20", "time_invalid"),
        ("20261120T100000Z", "time_invalid"),
        ("2026-11-20T10:00Z", "time_invalid"),
        ("2026-02-30T10:00:00Z", "time_invalid"),
        ("2026-13-01T10:00:00Z", "time_invalid"),
        ("2026-11-20T24:00:00Z", "time_invalid"),
        ("2026-11-20T10:60:00Z", "time_invalid"),
        ("2026-11-20T10:00:61Z", "time_invalid"),
        ("2026-11-20T10:00:00+24:00", "time_invalid"),
        ("2026-11-20T10:00:00.Z", "time_invalid"),
        ("2026-11-20T10:00:00.1234567890Z", "time_invalid"),
        ("2026-11-20T10:00:00.\u0661Z", "time_invalid"),
        ("\u0662026-11-20T10:00:00Z", "time_invalid"),
        (" 2026-11-20T10:00:00Z", "time_invalid"),
        ("2026-11-20T10:00:00Z\n", "time_invalid"),
        ("2026-11-20T10:00:00", "time_zone_missing"),
        ("2026-11-20T10:00:00.5", "time_zone_missing"),
    ],
)
@pytest.mark.parametrize("is_second_known", [False, True])
def test_what_is_no_time_with_a_zone_is_refused(
    text: str, code: str, *, is_second_known: bool
) -> None:
    if is_second_known:
        parse_time("2026-11-20T10:00:00Z")

    with pytest.raises(TimeUnreadable) as caught:
        parse_time(text)

    assert caught.value.code == code


@given(moments, st.integers(min_value=-1439, max_value=1439))
def test_a_time_in_any_zone_is_read_as_the_standard_library_reads_it(
    moment: datetime, offset_minutes: int
) -> None:
    local = moment.astimezone(timezone(timedelta(minutes=offset_minutes)))

    assert parse_time(local.isoformat()) == pytest.approx(moment.timestamp(), abs=1e-5)


@given(moments)
def test_a_time_written_is_read_again(moment: datetime) -> None:
    text = format_time(moment.timestamp())

    assert len(text) == 27
    assert parse_time(text) == pytest.approx(moment.timestamp(), abs=2e-6)


def test_seconds_beyond_the_cache_are_read_as_well() -> None:
    for second in range(5000):
        assert parse_time(format_time(float(second))) == second
