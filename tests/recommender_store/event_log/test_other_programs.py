"""What other programs are told, so that they can read a log where it lies."""

from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest

from recommender_store.event_log.erasure import Actor
from recommender_store.event_log.errors import LogUnreachable
from recommender_store.event_log.log import EventLog
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, written


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> EventLog:
    log = EventLog(Scope(FolderObjects(tmp_path / "a store"), "log"))
    written(log, event("a", "2026-11-18T10:00:00Z"), event("b", "2026-11-19T10:00:00Z"))
    log.compact()
    return log


def path_of(address: str) -> Path:
    assert address.startswith("file:///")
    return Path(unquote(address.removeprefix("file://")))


def test_addresses_lead_to_the_files_that_count(log: EventLog) -> None:
    addresses = log.state().addresses()

    assert len(addresses) == 2
    assert all(path_of(one).is_file() for one in addresses)


def test_of_some_days_only_their_files_are_named(log: EventLog) -> None:
    (address,) = log.state().addresses({"2026-11-19"})

    with duckdb.connect() as connection:
        found = connection.execute("SELECT event_id FROM read_parquet(?)", [str(path_of(address))])
        assert found.fetchall() == [("b",)]


def test_what_lies_in_segments_is_read_each_event_once(log: EventLog) -> None:
    written(log, event("c", "2026-11-20T10:00:00Z"), event("c", "2026-11-20T10:00:00Z"))

    with log.state().opened_pending() as connection:
        assert connection.execute("SELECT event_id FROM lines").fetchall() == [("c",)]


def test_an_erasure_moves_a_log_and_appending_does_not(log: EventLog) -> None:
    state = log.state()
    written(log, event("c", "2026-11-20T10:00:00Z"))
    assert not state.is_moved()

    log.erase(Actor("user_id", "u1"))

    assert state.is_moved()


def test_a_log_in_memory_has_no_address(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, event("a", "2026-11-18T10:00:00Z"))
    assert log.state().addresses() == []
    log.compact()

    with pytest.raises(LogUnreachable, match="folder or a bucket"):
        log.state().addresses()
