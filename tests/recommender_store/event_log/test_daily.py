"""Events by day and kind, in files, in segments, and where there are too many to look at."""

import pytest

from recommender_store.event_log import daily as module
from recommender_store.event_log.daily import UNTOLD, Daily, daily
from recommender_store.event_log.log import EventLog
from tests.recommender_store.event_log.canonical import event

RECEIVED = "2026-11-20T12:00:00.000Z"


def wrote(log, first, days, kind="view", each=2):
    """So many events a day, on days of November 2026."""
    events = [
        event(f"{kind}-{day}-{n}", kind=kind, occurred_at=f"2026-11-{day:02d}T10:00:0{n}.000000Z")
        for day in range(first, first + days)
        for n in range(each)
    ]
    log.append_events(events, RECEIVED)


def counts(told):
    """Day → kind → events, of days and kinds with any."""
    return {
        day: found
        for at, day in enumerate(told.days)
        if (found := {kind: many[at] for kind, many in told.kinds.items() if many[at]})
    }


def test_a_log_without_events_has_no_days(folder):
    assert daily(EventLog(folder), 30) == Daily()


@pytest.mark.parametrize("is_compacted", [True, False])
def test_days_and_kinds_are_told_wherever_events_lie(folder, is_compacted):
    log = EventLog(folder)
    wrote(log, 8, 2)
    wrote(log, 9, 1, kind="purchase", each=1)
    if is_compacted:
        log.compact()

    told = daily(log, 3)

    assert told.days == ("2026-11-07", "2026-11-08", "2026-11-09")
    assert told.kinds == {"view": (0, 2, 2), "purchase": (0, 0, 1)}
    assert told.total == 5


def test_files_and_segments_count_each_event_once(folder):
    log = EventLog(folder)
    wrote(log, 8, 1)
    log.compact()
    wrote(log, 8, 2)

    assert counts(daily(log, 7)) == {"2026-11-08": {"view": 2}, "2026-11-09": {"view": 2}}


def test_what_is_older_than_the_days_is_left_out(folder):
    log = EventLog(folder)
    wrote(log, 1, 9)
    log.compact()

    assert list(counts(daily(log, 2))) == ["2026-11-08", "2026-11-09"]


def test_where_there_are_too_many_files_are_counted_without_their_kinds(folder, monkeypatch):
    monkeypatch.setattr(module, "ROWS_LIMIT", 3)
    log = EventLog(folder)
    wrote(log, 8, 2)
    log.compact()
    wrote(log, 10, 1, kind="click", each=1)

    assert counts(daily(log, 7)) == {
        "2026-11-08": {UNTOLD: 2},
        "2026-11-09": {UNTOLD: 2},
        "2026-11-10": {"click": 1},
    }


def test_in_a_bucket_files_are_not_fetched(memory):
    log = EventLog(memory)
    wrote(log, 8, 1)
    log.compact()

    assert counts(daily(log, 7)) == {"2026-11-08": {UNTOLD: 2}}
