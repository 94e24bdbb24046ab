"""Compaction loses nothing, doubles nothing and leaves nothing behind, wherever it ends."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from recommender_store.errors import RevisionConflict
from recommender_store.event_log import day_files
from recommender_store.event_log.compaction import GRACE
from recommender_store.event_log.day_files import FILES_PER_DAY_LIMIT
from recommender_store.event_log.ledger import logged
from recommender_store.event_log.log import EventLog
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, ids, parquet, written
from tests.recommender_store.faulty import Died, InterruptedObjects, MortalObjects


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def keys(scope: Scope, prefix: str) -> list[str]:
    return [info.key for info in scope.list(prefix)]


def named(log: EventLog) -> set[str]:
    return {file.key for file in log.state().files.files}


def test_compaction_moves_segments_into_a_file_for_each_day(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, event("e1"), event("e2", "2026-11-19T10:00:00Z"))
    written(log, event("e3"))

    growth = log.compact()

    assert (growth.new_events, growth.duplicates) == (3, 0)
    state = log.state()
    assert [(file.day, file.rows) for file in state.files.files] == [
        ("2026-11-19", 1),
        ("2026-11-20", 2),
    ]
    assert state.pending == ()
    assert log.compact().new_events == 0


@pytest.mark.parametrize("depth", [126, 127, 900])
def test_however_deep_attributes_are_nested_the_log_is_compacted_and_counted(
    memory: Scope, depth: int
) -> None:
    nested: object = 1
    for _ in range(depth):
        nested = {"a": nested}
    log = EventLog(memory)
    written(log, event("deep", attributes={"of": nested}), event("flat"))

    pending = logged(log).pending
    growth = log.compact()

    assert sum(pending.values()) == growth.new_events == 2
    assert ids(log) == ["deep", "flat"]


def test_only_duplicates_add_no_file_and_are_not_read_again(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, event("e1"))
    log.compact()
    files, checkpoint = named(log), log.state().files.checkpoint
    written(log, event("e1"))

    assert log.compact().duplicates == 1

    assert named(log) == files
    assert log.state().files.checkpoint == checkpoint
    assert log.state().pending == ()


def test_what_was_replaced_goes_after_the_grace_time_and_not_before(memory: Scope) -> None:
    clock = Clock()
    log = EventLog(memory, clock)
    written(log, event("e1"))
    log.compact()
    clock.now += GRACE
    log.compact()
    assert len(keys(memory, "segments")) == 1

    clock.now += timedelta(seconds=1)
    log.compact()

    assert keys(memory, "segments") == []
    assert ids(log) == ["e1"]


def test_a_log_that_never_rests_is_swept_too(memory: Scope) -> None:
    clock = Clock()
    log = EventLog(memory, clock)
    for number in range(6):
        written(log, event(f"e{number}"))
        log.compact()
        clock.now += GRACE + timedelta(seconds=1)

    assert len(keys(memory, "segments")) == 1
    assert len(keys(memory, "history")) == 2
    assert len(keys(memory, "lists")) == 2
    assert len(log.state().files.retired) == 3
    assert len(ids(log)) == 6


def test_marks_of_writers_of_whom_nothing_is_left_go_too(memory: Scope) -> None:
    clock = Clock()
    for number in range(4):
        log = EventLog(memory, clock)
        written(log, event(f"e{number}"))
        log.compact()
        clock.now += GRACE + timedelta(seconds=1)
    log.compact()
    log.compact()

    assert len(log.state().files.marks) <= 1
    written(log, event("e9"))
    assert log.compact().new_events == 1
    assert len(ids(log)) == 5


def test_a_day_of_many_small_files_is_merged(memory: Scope) -> None:
    clock = Clock()
    log = EventLog(memory, clock)
    most = 0
    for number in range(25):
        written(log, event(f"e{number:02}"), event(f"f{number}", "2026-11-19T10:00:00Z"))
        log.compact()
        files = Counter(file.day for file in log.state().files.files)
        most = max(most, *files.values())

    assert most == FILES_PER_DAY_LIMIT
    assert sum(file.rows for file in log.state().files.files) == 50
    told = ids(log)
    assert len(told) == len(set(told)) == 50
    clock.now += GRACE + timedelta(seconds=1)
    log.compact()
    assert set(keys(memory, "parquet")) == named(log)


def test_a_reader_of_the_state_before_a_merge_finishes(memory: Scope) -> None:
    log = EventLog(memory)
    for number in range(FILES_PER_DAY_LIMIT):
        written(log, event(f"e{number}"))
        log.compact()
    state = log.state()
    written(log, event("more"))
    log.compact()

    assert len(log.state().files.files) < FILES_PER_DAY_LIMIT
    assert len(list(state.read())) == FILES_PER_DAY_LIMIT


def test_the_smallest_files_are_merged(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, *(event(f"big{number}") for number in range(50)))
    log.compact()
    (big,) = named(log)
    for number in range(FILES_PER_DAY_LIMIT):
        written(log, event(f"e{number}"))
        log.compact()

    assert big in named(log)


def build(objects: BucketObjects, tmp_path: Path) -> list[str]:
    """A log with files, pending segments of two writers, and something to sweep."""
    clock = Clock()
    clock.now -= timedelta(days=1)
    scope = Scope(objects)
    log = EventLog(scope, clock)
    written(log, event("e1"), event("e2", "2026-11-19T10:00:00Z"))
    log.compact()
    written(log, event("e1"), event("e3"))
    written(EventLog(scope), event("e4", "2026-11-18T10:00:00Z"), event("e3"))
    parquet(
        tmp_path / "in.parquet", [event("e1"), event("e5"), event("e4", "2026-11-18T10:00:00Z")]
    )
    return sorted(["e1", "e2", "e3", "e4"])


@pytest.mark.parametrize(("verb", "lands"), [("compact", True), ("adopt", False)])
def test_a_step_killed_at_any_write_loses_and_doubles_nothing(
    verb: str,
    *,
    lands: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(day_files, "FILES_PER_DAY_LIMIT", 1)
    monkeypatch.setattr(day_files, "MERGED_DOWN_TO", 1)
    for last in count(1):
        objects = BucketObjects(MemoryStore())
        expected = build(objects, tmp_path)
        dying = EventLog(Scope(MortalObjects(objects, last, lands=lands)))
        try:
            dying.compact() if verb == "compact" else dying.adopt([tmp_path / "in.parquet"])
        except Died:
            pass
        else:
            break
        after = EventLog(Scope(objects))
        told = sorted(ids(after))
        assert told in (expected, sorted([*expected, "e5"]))
        after.adopt([tmp_path / "in.parquet"])
        after.compact()
        assert sorted(ids(after)) == sorted([*expected, "e5"])
        assert sum(file.rows for file in after.state().files.files) == 5
    assert last > 5


def test_two_compactions_at_once_take_each_event_once(folder: Scope) -> None:
    logs = [EventLog(folder) for _ in range(3)]
    for log in logs:
        written(log, *(event(f"e{number}") for number in range(20)), event(f"own-{id(log)}"))
    together = threading.Barrier(3)
    growths = []

    def compact(log: EventLog) -> None:
        together.wait()
        growths.append(log.compact())

    threads = [threading.Thread(target=compact, args=(log,)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(growth.new_events for growth in growths) == 23
    assert len(ids(logs[0])) == 23
    assert set(keys(folder, "parquet")) == named(logs[0])
    assert len(keys(folder, "history")) <= 2


def test_who_is_overtaken_takes_back_what_it_wrote(memory: Scope) -> None:
    fast = EventLog(memory)
    slow = EventLog(Scope(InterruptedObjects(memory, "history/", [fast.compact])))
    written(slow, event("e1"))

    growth = slow.compact()

    assert growth.new_events == 0
    assert set(keys(memory, "parquet")) == named(slow)
    assert keys(memory, "history") == [slow.state().files.checkpoint]
    assert len(keys(memory, "lists")) == 1


def test_who_is_overtaken_again_and_again_says_so_and_loses_nothing(
    memory: Scope, tmp_path: Path
) -> None:
    fast = EventLog(memory)

    def overtake(number: int) -> None:
        written(fast, event(f"more{number}"))
        fast.compact()

    overtakings = [partial(overtake, number) for number in range(5)]
    slow = EventLog(Scope(InterruptedObjects(memory, "history/", overtakings)))
    for number in range(5):
        written(slow, event(f"e{number}"))
    late = parquet(tmp_path / "late.parquet", [event("late")])

    with pytest.raises(RevisionConflict):
        slow.adopt([late])
    assert set(keys(memory, "parquet")) == named(fast)
    slow.adopt([late])
    slow.compact()
    assert len(ids(slow)) == len(set(ids(slow))) == 11


def test_appending_while_others_compact_loses_nothing(folder: Scope) -> None:
    logs = [EventLog(folder) for _ in range(2)]
    done = threading.Event()

    def append(log: EventLog, name: str) -> None:
        for number in range(30):
            written(log, event(f"{name}-{number}"))

    def compact() -> None:
        while not done.is_set():
            logs[0].compact()

    appending = [
        threading.Thread(target=append, args=(log, f"{at}{turn}"))
        for at, log in enumerate(logs)
        for turn in range(2)
    ]
    compacting = threading.Thread(target=compact)
    for thread in [*appending, compacting]:
        thread.start()
    for thread in appending:
        thread.join()
    done.set()
    compacting.join()

    assert len(ids(logs[0])) == 120
    logs[1].compact()
    assert len(ids(logs[0])) == 120
    assert sum(file.rows for file in logs[0].state().files.files) == 120
