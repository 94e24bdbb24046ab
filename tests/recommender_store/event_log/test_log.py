"""Each event once, in order of time, whatever way it came."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from duckdb import BinderException

from recommender_store.errors import SegmentCorrupt
from recommender_store.event_log.errors import LogFileCorrupt
from recommender_store.event_log.ledger import logged
from recommender_store.event_log.log import EventLog
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, ids, parquet, written


def test_an_empty_log_is_read_compacted_and_recalled(memory: Scope) -> None:
    log = EventLog(memory)

    assert list(log.state().read()) == []
    assert log.compact().new_events == 0
    assert log.version() == 0
    assert list(log.remembered()[0]) == []
    assert log.lines_after({}) == ([], {})


def test_events_are_told_by_time_and_then_by_id(memory: Scope) -> None:
    one, other = EventLog(memory), EventLog(memory)
    written(other, event("b", "2026-11-20T10:00:00Z"), event("z", "2026-11-18T10:00:00Z"))
    written(one, event("a", "2026-11-20T10:00:00Z"), event("c", "2026-11-19T10:00:00+02:00"))
    one.compact()
    written(one, event("d", "2026-11-19T09:00:00Z"))

    assert ids(one) == ["z", "c", "d", "a", "b"]


def test_a_twin_is_an_event_of_the_same_id_and_utc_day(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, event("e", "2026-11-20T10:00:00Z"), event("e", "2026-11-20T23:00:00-01:00"))
    written(log, event("e", "2026-11-20T23:59:59Z"))

    assert [one["occurred_at"] for one in log.state().read()] == [
        datetime(2026, 11, 20, 10, tzinfo=UTC),
        datetime(2026, 11, 21, 0, tzinfo=UTC),
    ]
    growth = log.compact()
    assert (growth.new_events, growth.duplicates) == (2, 1)


def test_the_same_id_on_another_day_is_another_event_after_compaction_too(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, event("e", "2026-11-19T10:00:00Z"), event("x", "2026-11-20T10:00:00Z"))
    log.compact()
    written(log, event("e", "2026-11-20T11:00:00Z"), event("y", "2026-11-19T11:00:00Z"))

    assert ids(log) == ["e", "y", "x", "e"]
    assert log.compact().new_events == 2
    assert ids(log) == ["e", "y", "x", "e"]


def test_of_twins_the_one_received_first_counts(memory: Scope) -> None:
    one, other = EventLog(memory), EventLog(memory)
    one.append_events([event("e", kind="click")], "2026-11-20T12:00:02Z")
    other.append_events([event("e", kind="cart")], "2026-11-20T12:00:01Z")

    assert [found["kind"] for found in one.state().read()] == ["cart"]
    one.compact()
    assert [found["kind"] for found in one.state().read()] == ["cart"]


def test_twins_received_at_once_give_the_same_one_whatever_the_order(memory: Scope) -> None:
    kinds = ["view", "cart", "click"]
    told = []
    for at, order in enumerate((kinds, kinds[::-1])):
        log = EventLog(memory.at(str(at)))
        for kind in order:
            written(log, event("e", kind=kind))
        told.append([found["kind"] for found in log.state().read()])

    assert told[0] == told[1]
    assert len(told[0]) == 1


def test_a_late_twin_meets_its_event_in_the_files(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, event("e1"), event("e2", "2026-11-19T10:00:00Z"))
    log.compact()
    written(log, event("e1"), event("e3"))

    assert ids(log) == ["e2", "e1", "e3"]
    growth = log.compact()
    assert (growth.new_events, growth.duplicates) == (1, 1)
    assert ids(log) == ["e2", "e1", "e3"]


def test_what_was_sent_and_imported_counts_once(memory: Scope, tmp_path: Path) -> None:
    log = EventLog(memory)
    written(log, event("e1"), event("e2"))
    growth = log.adopt([parquet(tmp_path / "in.parquet", [event("e1"), event("e3")])])

    assert (growth.new_events, growth.duplicates) == (2, 0)
    assert ids(log) == ["e1", "e2", "e3"]
    log.compact()
    assert ids(log) == ["e1", "e2", "e3"]


def test_importing_twice_changes_nothing(memory: Scope, tmp_path: Path) -> None:
    log = EventLog(memory)
    path = parquet(tmp_path / "in.parquet", [event("e1"), event("e2", "2020-01-01T00:00:00Z")])
    log.adopt([path])
    version = log.version()

    growth = log.adopt([path])

    assert (growth.new_events, growth.duplicates) == (0, 2)
    assert log.version() == version


def test_twins_within_an_import_count_once(memory: Scope, tmp_path: Path) -> None:
    log = EventLog(memory)
    path = parquet(tmp_path / "in.parquet", [event("e1"), event("e1"), event("e2")], once=False)

    growth = log.adopt([path, parquet(tmp_path / "more.parquet", [event("e2")])])

    assert (growth.new_events, growth.duplicates) == (2, 2)
    assert ids(log) == ["e1", "e2"]


def test_importing_no_file_is_fine(memory: Scope) -> None:
    assert EventLog(memory).adopt([]).new_events == 0


def test_a_window_holds_its_beginning_and_not_its_end(memory: Scope) -> None:
    log = EventLog(memory)
    times = ["2026-11-18T00:00:00Z", "2026-11-19T23:59:59.999999Z", "2026-11-20T00:00:00Z"]
    for number, at in enumerate(times):
        written(log, event(f"e{number}", at))
        if number < 2:
            log.compact()
    since, until = datetime(2026, 11, 18, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)

    def window(since: datetime | None, until: datetime | None) -> list[str]:
        return [one["event_id"] for one in log.state().read(since, until)]

    assert window(since, until) == ["e0", "e1"]
    assert window(until, None) == ["e2"]
    assert window(None, since) == []
    assert window(None, None) == ["e0", "e1", "e2"]
    noon = datetime(2026, 11, 18, 12, tzinfo=UTC)
    assert window(None, noon) == ["e0"]
    assert window(noon, None) == ["e1", "e2"]


def test_a_state_stays_what_it_was_while_the_log_goes_on(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, event("e1"))
    log.compact()
    written(log, event("e2"))
    state = log.state()
    written(log, event("e3"))
    log.compact()

    assert [one["event_id"] for one in state.read()] == ["e1", "e2"]
    assert ids(log) == ["e1", "e2", "e3"]


def test_history_goes_on_where_the_checkpoint_ends(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, event("e1"))
    log.compact()
    written(log, event("e2", user_id="u2"))

    users, marks = log.remembered()
    lines, further = log.lines_after(marks)

    assert [(one.user_id, one.items) for one in users] == [("u1", ["item-of-e1"])]
    assert [b'"e2"' in line for line in lines] == [True]
    assert log.lines_after(further)[0] == []


def test_an_empty_batch_is_no_harm(memory: Scope) -> None:
    log = EventLog(memory)
    log.append([])
    written(log, event("e1"))

    assert ids(log) == ["e1"]
    assert log.compact().new_events == 1


def segment_path(root: Path) -> Path:
    (path,) = (root / "store" / "segments").rglob("*.zst")
    return path


def test_a_flipped_byte_in_a_segment_is_told(folder: Scope, tmp_path: Path) -> None:
    log = EventLog(folder)
    written(log, event("e1"))
    path = segment_path(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    for verb in (log.compact, lambda: list(log.state().read())):
        with pytest.raises(SegmentCorrupt):
            verb()


def test_a_foreign_file_among_the_segments_is_told(folder: Scope) -> None:
    log = EventLog(folder)
    written(log, event("e1"))
    folder.put("segments/w/notes.txt", b"hello")

    with pytest.raises(SegmentCorrupt, match=r"notes\.txt"):
        log.state()


def test_a_changed_file_is_told_where_it_is_fetched(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, event("e1"))
    log.compact()
    (file,) = log.state().files.files
    memory.put(file.key, memory.get(file.key)[:-1] + b"x")

    with pytest.raises(LogFileCorrupt, match="another digest") as caught:
        list(log.state().read())
    assert caught.value.file == f"somewhere/{file.key}"


def test_a_file_that_is_damaged_in_its_place_is_told_by_its_key(folder: Scope) -> None:
    log = EventLog(folder.at("tenants", "shop"))
    written(log, event("e1"))
    log.compact()
    (file,) = log.state().files.files
    whole = log.state().scope.get(file.key)
    for damage in (b"", whole[:50], whole[:-1] + b"x", whole[:-20] + b"?" * 12 + whole[-8:]):
        log.state().scope.put(file.key, damage)

        with pytest.raises(LogFileCorrupt, match="recommender store check") as caught:
            list(log.state().read())
        with pytest.raises(LogFileCorrupt):
            logged(log, count=True)
        assert caught.value.file == f"tenants/shop/{file.key}"


def test_damage_that_shows_only_while_rows_are_fetched_is_told_too(folder: Scope) -> None:
    log = EventLog(folder)
    written(log, *(event(f"e{n}") for n in range(2_000)))
    log.compact()
    (file,) = log.state().files.files
    whole = folder.get(file.key)

    def read_late() -> None:
        with log.state().opened() as connection:
            folder.put(file.key, whole[:4] + b"?" * 4_000 + whole[4_004:])
            connection.execute("SELECT * FROM events").fetchall()

    with pytest.raises(LogFileCorrupt):
        read_late()


def test_a_mistake_in_a_query_is_no_damage(folder: Scope) -> None:
    log = EventLog(folder)
    written(log, event("e1"))
    log.compact()
    with pytest.raises(BinderException), log.state().opened() as connection:
        connection.execute("SELECT nothing FROM events")


@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_a_missing_file_is_told(kind: str, request: pytest.FixtureRequest) -> None:
    scope: Scope = request.getfixturevalue(kind)
    log = EventLog(scope)
    written(log, event("e1"))
    log.compact()
    (file,) = log.state().files.files
    scope.delete(file.key)

    with pytest.raises(LogFileCorrupt, match="is missing"):
        list(log.state().read())


@pytest.mark.parametrize("damage", [None, b"", b'{"files": 3}'])
def test_a_list_of_files_that_is_gone_or_damaged_is_told(
    memory: Scope, damage: bytes | None
) -> None:
    log = EventLog(memory)
    written(log, event("e1"))
    log.compact()
    (listed,) = memory.list("lists")
    if damage is None:
        memory.delete(listed.key)
    else:
        memory.put(listed.key, damage)

    with pytest.raises(LogFileCorrupt) as caught:
        log.state()
    assert caught.value.file == listed.key


@pytest.mark.parametrize("damage", [None, b"", b"hello"])
def test_a_checkpoint_that_is_gone_or_damaged_is_told(memory: Scope, damage: bytes | None) -> None:
    log = EventLog(memory)
    written(log, event("e1"))
    log.compact()
    key = log.state().files.checkpoint
    assert key is not None
    if damage is None:
        memory.delete(key)
    else:
        memory.put(key, damage)

    with pytest.raises(LogFileCorrupt):
        log.remembered()
