"""One event is found by when it occurred and who wrote it, and nothing else is read for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recommender_store.event_log.erasure import Actor
from recommender_store.event_log.log import EventLog
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, written

ATTRIBUTES = {"scores": [0.5, 1], "deep": {"er": [None, "ü"]}}


def just_now() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def of(log: EventLog, moment: datetime, event_id: str = "one") -> dict[str, Any] | None:
    return log.find(event_id, moment, log.writer)


def test_an_event_is_the_same_before_and_after_compaction(memory: Scope) -> None:
    log, moment = EventLog(memory), just_now()
    told = event("one", at(moment), items=["a", "b"], position=2, attributes=ATTRIBUTES)
    written(log, event("other", at(moment)), told)

    before = of(log, moment)
    log.compact()
    log.erase(Actor("user_id", "nobody"))  # removes the segments at once
    after = of(log, moment)

    assert before == after
    assert before is not None
    assert before["occurred_at"] == moment
    assert {**before, "occurred_at": 0, "received_at": 0} == {
        **told,
        "occurred_at": 0,
        "received_at": 0,
    }
    assert not list(memory.list("segments"))


def test_what_is_in_no_segment_and_no_file_is_not_found(memory: Scope) -> None:
    log, moment = EventLog(memory), just_now()
    assert of(log, moment) is None
    written(log, event("one", at(moment)))

    for _ in ("pending", "compacted"):
        assert of(log, moment, "on") is None
        assert of(log, moment, "one more") is None
        assert of(log, moment + timedelta(days=1)) is None
        log.compact()


def test_only_the_writers_minute_is_read(memory: Scope) -> None:
    log, other, moment = EventLog(memory), EventLog(memory), just_now()
    written(log, event("one", at(moment)), event("late", at(moment - timedelta(minutes=2))))

    assert log.find("one", moment, other.writer) is None
    assert of(log, moment - timedelta(minutes=2), "late") is None
    log.compact()
    log.erase(Actor("user_id", "nobody"))
    assert log.find("one", moment, other.writer) is not None
    assert of(log, moment - timedelta(minutes=2), "late") is not None


def test_damage_elsewhere_keeps_nothing_from_being_found(memory: Scope) -> None:
    log, other, moment = EventLog(memory), EventLog(memory), just_now()
    damaged = other.append_events([event("two", at(moment))], at(moment))
    memory.put(f"segments/{damaged.key}", b"no segment")
    written(log, event("one", at(moment)))

    assert of(log, moment) is not None


@pytest.mark.parametrize("compactions", [0, 1])
def test_an_event_that_was_erased_is_not_found(memory: Scope, compactions: int) -> None:
    log, moment = EventLog(memory), just_now()
    written(log, event("one", at(moment), user_id="anna"), event("two", at(moment), user_id="ben"))
    for _ in range(compactions):
        log.compact()

    log.erase(Actor("user_id", "anna"))

    assert of(log, moment) is None
    assert of(log, moment, "two") is not None
