from datetime import UTC, datetime

import pytest

from recommender_api.foreign_logs.findings.finding import Severity
from recommender_api.foreign_logs.mapping import LogMapping
from recommender_api.foreign_logs.readiness import readiness

RECEIVED_AT = datetime(2026, 1, 1, tzinfo=UTC)
T = 1_600_000_000
DAY_S = 86_400


@pytest.fixture
def judge(write, views):
    """The readiness of `user,item,time` rows, and its findings by code."""

    def _judge(rows, **options):
        content = "user,item,time\n" + "".join(f"{row}\n" for row in rows)
        report = readiness([write("log.csv", content)], views, received_at=RECEIVED_AT, **options)
        return report, {finding.code: finding for finding in report.findings}

    return _judge


@pytest.fixture
def judge_kinds(write):
    """The findings on a log of these kinds, by code."""
    mapping = LogMapping.from_yaml(
        "kind: {column: kind}\ntime: {column: time, format: epoch_s}\n"
        "fields: {user_id: user, item_id: item}"
    )

    def _judge(*kinds):
        rows = [f"{row},{kinds[at % len(kinds)]}\n" for at, row in enumerate(healthy())]
        path = write("log.csv", "user,item,time,kind\n" + "".join(rows))
        report = readiness([path], mapping, received_at=RECEIVED_AT)
        return {finding.code: finding for finding in report.findings}

    return _judge


def healthy(count=2000):
    return [f"u{n % 50},i{n % 31},{T + n * 3600}" for n in range(count)]


def test_a_healthy_log_misses_purchases_at_most_and_has_its_counts(judge):
    report, findings = judge(healthy())

    assert {code: one.severity for code, one in findings.items()} == {
        "kinds_missing": Severity.NOTE
    }
    assert report.is_ready
    assert (report.rows, report.events, report.users, report.items) == (2000, 2000, 50, 31)
    assert report.kinds == {"view": 2000}
    assert report.period == (
        datetime.fromtimestamp(T, UTC),
        datetime.fromtimestamp(T + 1999 * 3600, UTC),
    )


def test_a_log_without_events_is_not_ready(judge):
    report, findings = judge([",,"])

    assert not report.is_ready
    assert findings["no_events"].severity is Severity.ERROR


def test_a_constant_user_is_not_ready_and_named(judge):
    report, findings = judge([f"me,i{n},{T + n}" for n in range(2000)])

    assert not report.is_ready
    assert "'me'" in findings["one_user"].sentence


def test_one_item_for_all_is_not_ready_and_named(judge):
    report, findings = judge([f"u{n},thing,{T + n}" for n in range(2000)])

    assert not report.is_ready
    assert "'thing'" in findings["one_item"].sentence


def test_one_time_for_all_is_not_ready(judge):
    _, findings = judge([f"u{n % 9},i{n % 31},{T}" for n in range(2000)])

    assert findings["times_all_the_same"].severity is Severity.ERROR


def test_users_that_never_return_are_not_ready(judge):
    _, findings = judge([f"u{n},i{n % 31},{T + n}" for n in range(2000)])

    assert findings["no_returning_users"].severity is Severity.ERROR


def test_few_returning_users_are_warned_of(judge):
    once = [f"once{n},i{n % 31},{T + n * 60}" for n in range(1000)]

    _, findings = judge(healthy() + once)

    assert "50 of 1,050 users" in findings["few_returning_users"].sentence


def test_sessions_in_disguise_are_told_from_long_sittings(judge):
    short = [f"s{n // 3},i{n % 31},{T + n // 3 * DAY_S + n}" for n in range(3000)]
    long = [f"u{n // 100},i{n % 97},{T + n // 100 * DAY_S + n}" for n in range(3000)]

    assert "looks like a session" in judge(short)[1]["users_look_like_sessions"].sentence
    assert "users_of_one_sitting" in judge(long)[1]


def test_clocks_that_went_wrong_are_counted(judge):
    wrong = [f"u1,i1,{4_000_000_000 + n}" for n in range(3)] + ["u1,i1,0"] * 2

    report, findings = judge(healthy() + wrong)

    assert findings["times_in_future"].sentence.startswith("3 events")
    assert findings["times_too_old"].sentence.startswith("2 events")
    assert (report.rejected, report.is_ready) == (5, True)


def test_times_that_lie_a_little_ahead_are_a_matter_of_zones(judge):
    now = int(RECEIVED_AT.timestamp())
    ahead = [f"u{n % 50},i{n % 31},{now + 3600 + n}" for n in range(40)]

    assert judge(healthy() + ahead)[1]["clock_ahead"].sentence.startswith("40 events")
    assert "clock_ahead" not in judge([*healthy(), f"u1,i1,{now + 60}"])[1]


def test_a_log_that_comes_hours_late_to_the_minute_has_a_forgotten_zone(judge):
    now = int(RECEIVED_AT.timestamp())
    shifted = [f"u{n % 50},i{n % 31},{now - 5 * 3600 - n % 90}" for n in range(500)]
    spread = [f"u{n % 50},i{n % 31},{now - n * 60}" for n in range(500)]

    assert "come 5 h after" in judge(shifted)[1]["clock_behind"].sentence
    assert "clock_behind" not in judge(spread)[1]


def test_one_id_for_all_strangers_is_named(judge):
    guests = [f"guest,i{n % 31},{T + n * 3600}" for n in range(600)]

    assert "'guest' has 23%" in judge(healthy() + guests)[1]["one_user_dominates"].sentence


def test_kinds_that_teach_nothing_are_not_ready_and_missed_ones_are_named(judge_kinds):
    shown, bought, both = (judge_kinds(*kinds) for kinds in (
        ["custom:seen", "dislike"], ["purchase"], ["purchase", "view"],
    ))  # fmt: skip

    assert shown["kinds_unused"].severity is Severity.ERROR
    assert "add view or click" in bought["kinds_missing"].sentence
    assert not {"kinds_unused", "kinds_missing"} & both.keys()


def test_dates_without_a_time_of_day_are_noted(judge):
    midnight = T // DAY_S * DAY_S
    _, findings = judge([f"u{n % 50},i{n % 31},{midnight + n * DAY_S}" for n in range(1500)])

    assert findings["times_are_dates"].severity is Severity.NOTE


def test_unreadable_lines_are_told_with_their_numbers(judge):
    report, findings = judge(["broken", *healthy(), "a,b,c,d"])

    assert report.unreadable == 2
    assert "2 of 2,002 lines" in findings["lines_unreadable"].sentence
    assert "(line 2, 2003)" in findings["lines_unreadable"].sentence


def test_many_unreadable_lines_are_an_error(judge):
    assert not judge(healthy() + ["broken"] * 1000)[0].is_ready


def test_duplicates_are_counted_and_warned_of_when_they_are_many(judge):
    few, some = judge([*healthy(), healthy()[0]])
    many, all_twice = judge(healthy() * 2)

    assert (few.duplicates, some["duplicates"].severity) == (1, Severity.NOTE)
    assert (many.duplicates, all_twice["duplicates"].severity) == (2000, Severity.WARNING)


def test_items_that_the_catalog_does_not_know_are_counted(judge):
    known = {f"i{n}" for n in range(30)}

    assert "1 of 31 items" in judge(healthy(), known_items=known)[1]["items_unknown"].sentence
    assert "None is" in judge(healthy(), known_items={"x"})[1]["items_unknown"].sentence
    assert "items_unknown" not in judge(healthy(), known_items=known | {"i30"})[1]


def test_users_busier_than_people_are_named(judge):
    bot = [f"crawler,i{n % 31},{T + n}" for n in range(2500)]

    assert "'crawler' (2,500)" in judge(healthy() + bot)[1]["busy_users"].sentence


def test_ids_saved_as_floats_are_noticed(judge):
    rows = [f"{n % 50}.0,i{n % 31},{T + n * 3600}" for n in range(2000)]

    assert "integer: true" in judge(rows)[1]["ids_saved_as_floats"].sentence


def test_errors_come_before_warnings_and_notes(judge):
    report, _ = judge([f"me,i{n % 3},{T // DAY_S * DAY_S + n % 9 * DAY_S}" for n in range(99)])

    severities = [list(Severity).index(finding.severity) for finding in report.findings]
    assert severities == sorted(severities)
    assert len(set(severities)) == 3
