"""After an erasure nothing of the actor is left in the log, and everybody else's is as it was."""

from pathlib import Path

import pytest
import zstandard

from recommender_store.event_log.erasure import Actor
from recommender_store.event_log.errors import LogFileCorrupt, LogMoved
from recommender_store.event_log.log import EventLog
from recommender_store.event_log.remembered import ShownItems, UserEvents
from recommender_store.event_log.view import connect
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, ids, written
from tests.recommender_store.faulty import Died, InterruptedObjects, MortalObjects

ANNA = Actor("user_id", "anna-1")


def traces(scope: Scope, text: str, folder: Path) -> list[str]:
    """Every key whose bytes, unpacked, hold the text."""
    found = []
    for info in list(scope.list("")):
        data = scope.get(info.key)
        if info.key.endswith(".zst"):
            data = zstandard.ZstdDecompressor().decompress(data)
        if info.key.endswith(".parquet"):
            path = folder / "looked-at.parquet"
            path.write_bytes(data)
            with connect(folder) as connection:
                data += str(connection.execute(f"FROM '{path}'").fetchall()).encode()
        if text.encode() in data:
            found.append(info.key)
    return found


def users(log: EventLog) -> list[UserEvents]:
    return [one for one in log.remembered()[0] if isinstance(one, UserEvents)]


def a_busy_log(scope: Scope) -> EventLog:
    log = EventLog(scope)
    written(
        log,
        event("a1", user_id="anna-1", session_id="visit-1"),
        event("b1", user_id="bert"),
        event("a2", "2026-11-19T10:00:00Z", user_id="anna-1"),
    )
    log.compact()
    written(log, event("a3", user_id="anna-1"), event("v1", session_id="visit-1"))
    log.compact()
    written(log, event("a4", user_id="anna-1"), event("b2", user_id="bert"))
    return log


def test_nothing_of_an_erased_user_is_left_anywhere(memory: Scope, tmp_path: Path) -> None:
    log = a_busy_log(memory)
    assert traces(memory, "anna-1", tmp_path)

    erasure = log.erase(ANNA)

    assert traces(memory, "anna-1", tmp_path) == []
    assert (erasure.events, erasure.sessions, erasure.still_active) == (4, ("visit-1",), False)
    assert sorted(ids(log)) == ["b1", "b2", "v1"]
    assert "anna-1" not in {one.user_id for one in users(log)}
    assert log.erase(ANNA).events == 0


def test_what_an_erased_user_was_shown_is_forgotten(memory: Scope, tmp_path: Path) -> None:
    log = a_busy_log(memory)
    for user in ("anna-1", "bert"):
        shown = {**event(f"shown-{user}", user_id=user), "kind": "impression", "items": ["i"]}
        written(log, {name: value for name, value in shown.items() if name != "item_id"})
    log.compact()

    log.erase(ANNA)

    assert traces(memory, "anna-1", tmp_path) == []
    assert [one.user_id for one in log.remembered()[0] if isinstance(one, ShownItems)] == ["bert"]


def test_a_session_is_erased_with_what_its_user_did_in_it(memory: Scope, tmp_path: Path) -> None:
    log = a_busy_log(memory)

    erasure = log.erase(Actor("session_id", "visit-1"))

    assert erasure.events == 2
    assert traces(memory, "visit-1", tmp_path) == []
    assert sorted(ids(log)) == ["a2", "a3", "a4", "b1", "b2"]
    anna = next(one for one in users(log) if one.user_id == "anna-1")
    assert anna.items == ["item-of-a2", "item-of-a3", "item-of-a4"]


def test_erasing_somebody_unknown_changes_nothing_that_is_read(memory: Scope) -> None:
    log = a_busy_log(memory)

    assert log.erase(Actor("user_id", "it's nobody")).events == 0

    assert len(ids(log)) == 7


def test_what_comes_in_meanwhile_is_erased_too(memory: Scope, tmp_path: Path) -> None:
    other = EventLog(memory)
    late = [lambda: written(other, event("late", user_id="anna-1"))]
    log = EventLog(Scope(InterruptedObjects(memory, "lists/", late)))
    written(log, event("e1", user_id="anna-1"), event("e2", user_id="bert"))

    assert log.erase(ANNA).events == 2

    assert traces(memory, "anna-1", tmp_path) == []


def test_a_compaction_that_was_overtaken_leaves_no_copy(memory: Scope, tmp_path: Path) -> None:
    eraser = EventLog(memory)
    slow = EventLog(Scope(InterruptedObjects(memory, "history/", [lambda: eraser.erase(ANNA)])))
    written(slow, event("e1", user_id="anna-1"), event("e2", user_id="bert"))

    slow.compact()

    assert traces(memory, "anna-1", tmp_path) == []
    assert ids(slow) == ["e2"]


def test_leftovers_of_the_killed_are_erased(memory: Scope, tmp_path: Path) -> None:
    mortal = EventLog(Scope(MortalObjects(memory, 3, lands=True)))
    written(mortal, event("e1", user_id="anna-1"), event("e2", user_id="bert"))
    with pytest.raises(Died):
        mortal.compact()
    log = EventLog(memory)

    log.erase(ANNA)

    assert traces(memory, "anna-1", tmp_path) == []
    assert ids(log) == ["e2"]


@pytest.mark.parametrize("last", range(1, 14, 2))
def test_an_erasure_killed_anywhere_is_finished_by_the_next(
    memory: Scope, tmp_path: Path, last: int
) -> None:
    a_busy_log(memory)
    with pytest.raises(Died):
        EventLog(Scope(MortalObjects(memory, last, lands=last % 4 == 1))).erase(ANNA)
    log = EventLog(memory)
    assert {"b1", "b2", "v1"} <= set(ids(log))

    log.erase(ANNA)

    assert traces(memory, "anna-1", tmp_path) == []
    assert sorted(ids(log)) == ["b1", "b2", "v1"]
    assert sum(one.held for one in log.state().files.flow.values()) == 3


@pytest.mark.parametrize("place", ["folder", "memory"])
def test_a_reader_of_the_older_state_is_told_that_the_log_moved(
    place: str, request: pytest.FixtureRequest
) -> None:
    scope: Scope = request.getfixturevalue(place)
    log = a_busy_log(scope)
    before = log.state()
    log.erase(ANNA)

    with pytest.raises(LogMoved):
        list(before.read())
    assert sorted(ids(log)) == ["b1", "b2", "v1"]


def test_a_reader_in_the_middle_is_told_too(folder: Scope) -> None:
    log = a_busy_log(folder)
    log.compact()

    def read_while_erasing() -> None:
        with log.state().opened() as connection:
            log.erase(ANNA)
            connection.execute("FROM events").fetchall()

    with pytest.raises(LogMoved):
        read_while_erasing()


def test_a_missing_file_that_nobody_erased_is_damage(folder: Scope) -> None:
    log = a_busy_log(folder)
    folder.delete(log.state().files.files[0].key)

    with pytest.raises(LogFileCorrupt):
        list(log.state().read())


def test_whoever_recalls_users_while_one_is_erased_gets_the_newer_state(memory: Scope) -> None:
    log = a_busy_log(memory)
    marks = log.remembered()[1]
    checkpoint = log.state().files.checkpoint
    assert checkpoint is not None
    log.erase(ANNA)

    assert [one.user_id for one in users(log)][:1] == ["bert"]
    assert log.lines_after(marks)[0] == []
