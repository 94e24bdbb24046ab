"""The event log is the same on every kind of store."""

from pathlib import Path

import pytest

from recommender_store.errors import SegmentCorrupt
from recommender_store.event_log.log import EventLog
from recommender_store.objects.protocol import ObjectStore
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, ids, parquet, written


@pytest.fixture
def scope(objects: ObjectStore) -> Scope:
    return Scope(objects).at("tenants", "shop", "events")


def test_events_are_told_once_and_in_order_sent_compacted_and_imported(
    scope: Scope, tmp_path: Path
) -> None:
    log = EventLog(scope)
    written(log, event("e3"), event("e1", "2026-11-18T10:00:00Z"))
    written(log, event("e3"))
    log.compact()
    written(
        EventLog(scope), event("e2", "2026-11-19T10:00:00Z"), event("e1", "2026-11-18T11:00:00Z")
    )
    log.adopt([parquet(tmp_path / "in.parquet", [event("e4"), event("e3")])])

    assert ids(log) == ["e1", "e2", "e3", "e4"]
    assert log.compact().new_events == 1
    assert ids(log) == ["e1", "e2", "e3", "e4"]
    assert [(file.day, file.rows) for file in log.state().files.files] == [
        ("2026-11-18", 1),
        ("2026-11-20", 1),
        ("2026-11-20", 1),
        ("2026-11-19", 1),
    ]


def test_a_reader_in_another_process_goes_on_from_its_marks(scope: Scope) -> None:
    log = EventLog(scope)
    written(log, event("e1"))
    lines, marks = EventLog(scope).lines_after({})
    written(log, event("e2"))

    later, _ = EventLog(scope).lines_after(marks)

    assert [b'"e1"' in line for line in lines] == [True]
    assert [b'"e2"' in line for line in later] == [True]


def test_a_damaged_segment_is_told(scope: Scope) -> None:
    log = EventLog(scope)
    segment = log.append([b'{"event_id":"e1"}'])
    key = f"segments/{segment.key}"
    scope.put(key, scope.get(key)[:-3])

    with pytest.raises(SegmentCorrupt):
        log.compact()
