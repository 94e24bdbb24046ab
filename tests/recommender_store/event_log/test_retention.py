"""Days that are too old go as whole files; what nobody names goes after a day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from recommender_store.event_log.compaction import GRACE
from recommender_store.event_log.log import EventLog
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, ids, written
from tests.recommender_store.faulty import Died, MortalObjects

CUT = date(2026, 11, 20)


def two_days(scope: Scope, now: datetime | None = None) -> EventLog:
    log = EventLog(scope, lambda: now or datetime.now(UTC))
    written(
        log,
        event("old", "2026-11-19T23:59:59.999Z", user_id="anna"),
        event("older", "2026-10-01T10:00:00Z", user_id="bert"),
        event("young", "2026-11-20T00:00:00Z", user_id="bert"),
    )
    return log


def test_events_before_the_cut_go_and_later_ones_stay(memory: Scope) -> None:
    log = two_days(memory)
    log.compact()

    planned = log.plan_expiry(CUT)
    expiry = log.expire(CUT)

    assert (expiry.events, expiry.files) == (planned.events, planned.files) == (2, 2)
    assert ids(log) == ["young"]
    assert log.expire(CUT).events == 0


def test_pending_events_that_are_too_old_go_too(memory: Scope) -> None:
    log = two_days(memory)

    assert log.expire(CUT).events == 2

    assert ids(log) == ["young"]


def test_live_history_forgets_what_expired(memory: Scope) -> None:
    log = two_days(memory)
    log.expire(CUT)

    (user,) = log.remembered()[0]

    assert (user.user_id, user.items) == ("bert", ["item-of-young"])


def test_without_a_cut_nothing_expires(memory: Scope) -> None:
    log = two_days(memory)

    assert log.expire(None).events == 0

    assert len(ids(log)) == 3


def test_a_plan_removes_nothing(memory: Scope) -> None:
    log = two_days(memory)
    log.compact()
    before = [info.key for info in memory.list("")]

    log.plan_expiry(CUT)

    assert [info.key for info in memory.list("")] == before


def test_leftovers_go_after_a_day_and_not_before(folder: Scope) -> None:
    two_days(folder)
    with pytest.raises(Died):
        EventLog(Scope(MortalObjects(folder, 4, lands=True))).compact()
    left = len(list(folder.list("parquet")))
    assert left
    now = datetime.now(UTC)

    soon = EventLog(folder, lambda: now + timedelta(hours=23)).expire(None)
    late = EventLog(folder, lambda: now + timedelta(hours=25)).expire(None)

    assert soon.orphans == 0
    assert late.orphans >= left
    log = EventLog(folder)
    assert len(ids(log)) == 3
    assert {info.key for info in folder.list("parquet")} == {
        file.key for file in log.state().files.files
    }


def test_sums_of_days_that_are_over_and_empty_go(memory: Scope) -> None:
    log = EventLog(memory)
    log.append_events([event("old", "2026-11-01T10:00:00Z")], "2026-11-01T10:00:01Z")
    log.append_events([event("late", "2026-11-20T10:00:00Z")], "2026-11-02T10:00:01Z")
    log.compact()

    log.expire(CUT)

    assert list(log.state().files.flow) == ["2026-11-02"]


@pytest.mark.parametrize("last", range(1, 9))
def test_killed_anywhere_nothing_young_is_lost(memory: Scope, last: int) -> None:
    two_days(memory)
    with pytest.raises(Died):
        EventLog(Scope(MortalObjects(memory, last, lands=bool(last % 2)))).expire(CUT)
    log = EventLog(memory)
    assert "young" in ids(log)

    log.expire(CUT)

    assert ids(log) == ["young"]
    assert sum(one.held for one in log.state().files.flow.values()) == 1


def test_expired_files_go_for_good_after_the_grace_time(memory: Scope) -> None:
    log = two_days(memory)
    log.expire(CUT)
    assert len(list(memory.list("parquet"))) == 3

    later = datetime.now(UTC) + GRACE + timedelta(seconds=1)
    EventLog(memory, lambda: later).expire(CUT)

    assert len(list(memory.list("parquet"))) == 1
