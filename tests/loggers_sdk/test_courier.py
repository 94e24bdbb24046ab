import gc
import queue
import threading
import time
from pathlib import Path

import pytest

from loggers_sdk import (
    Answer,
    ConfigInvalid,
    EventLogger,
    EventRejected,
    EventsDropped,
    RetryPolicy,
)
from loggers_sdk.testing import RecordingTransport
from tests.loggers_sdk.storefront import Storefront


@pytest.fixture
def service():
    service = Storefront()
    yield service
    service.events.close(timeout_s=1)


def delivery_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if "loggers-sdk" in thread.name]


def test_on_error_hears_of_what_was_refused() -> None:
    heard: list[object] = []
    service = Storefront(on_error=heard.append)

    service.events.view(user_id="u")
    while not heard:
        time.sleep(0.01)
    service.events.close()

    (error,) = heard
    assert isinstance(error, EventRejected)
    assert error.reason == "field_missing"


def test_a_hook_may_flush_without_waiting_for_itself() -> None:
    results: list[object] = []
    service = Storefront(Answer(400), on_error=lambda _e: results.append(service.events.flush(60)))
    service.events.view(user_id="u", item_id="a")

    while not results:
        service.events.flush(0.05)

    assert service.events.close().pending == 0


def test_the_thread_starts_with_the_first_event_and_ends_with_close() -> None:
    before = delivery_threads()
    service = Storefront()
    assert delivery_threads() == before

    service.events.view(user_id="u", item_id="a")
    during = [thread for thread in delivery_threads() if thread not in before]
    service.events.close()

    assert [thread.daemon for thread in during] == [True]
    assert delivery_threads() == before


def test_flushing_nothing_returns_at_once(service: Storefront) -> None:
    assert service.events.flush(timeout_s=60) == (0, 0, 0, 0)
    assert service.events.flush(timeout_s=60).is_complete


def test_an_event_after_close_is_dropped_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    service = Storefront()
    service.events.view(user_id="u", item_id="a")
    first = service.events.close()
    service.events.view(user_id="u", item_id="b")
    service.events.view(user_id="u")

    assert first == (1, 0, 0, 0)
    assert service.events.close() == (1, 0, 1, 0)
    assert service.events.stats() == (3, 1, 0, 0, 1, 1, 0, 0)
    assert "closed" in caplog.text


def test_flushing_after_close_sends_nothing_that_was_left_on_disk(tmp_path: Path) -> None:
    service = Storefront(
        Answer(503), spool_dir=tmp_path, retry=RetryPolicy(first_s=60, ceiling_s=60)
    )
    service.events.view(user_id="u", item_id="a")
    closed = service.events.close(timeout_s=0)

    assert service.events.flush(timeout_s=60) == closed == (0, 1, 0, 0)


def test_what_closing_gives_up_is_told_to_the_hook() -> None:
    heard: list[object] = []
    service = Storefront(*[Answer(503)] * 100, on_error=heard.append)
    service.events.view(user_id="u", item_id="a")
    service.events.close(timeout_s=0)

    assert [error.events for error in heard if isinstance(error, EventsDropped)] == [1]


def test_a_logger_that_was_never_used_closes_without_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = []
    monkeypatch.setattr(threading.Thread, "start", started.append)

    assert Storefront().events.close() == (0, 0, 0, 0)
    assert started == []


def test_leaving_a_with_block_delivers_and_closes() -> None:
    service = Storefront()
    with service.events as events:
        events.view(user_id="u", item_id="a")

    assert len(service.transport.events) == 1


def test_closing_without_a_spool_counts_what_could_not_be_sent_as_dropped() -> None:
    service = Storefront(*[Answer(503)] * 100)
    service.events.view(user_id="u", item_id="a")

    assert service.events.close(timeout_s=0.1) == (0, 0, 1, 0)


def test_closing_with_a_spool_leaves_it_to_the_next_logger(tmp_path: Path) -> None:
    first = Storefront(*[Answer(503)] * 100, spool_dir=tmp_path)
    first.events.view(user_id="u", item_id="a")
    closed = first.events.close(timeout_s=0.1)
    second = Storefront(spool_dir=tmp_path)

    while not second.transport.events:
        time.sleep(0.01)

    assert closed == (0, 1, 0, 0)
    second.events.close()
    assert second.events.stats() == (0, 0, 0, 0, 0, 0, 1, 0)


def test_spool_always_has_an_event_on_disk_when_the_call_returns(tmp_path: Path) -> None:
    service = Storefront(*[Answer(503)] * 100, spool_dir=tmp_path, durability="spool_always")
    service.events.view(user_id="u", item_id="on-disk")
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*.spool"))

    assert b"on-disk" in written
    service.events.close(timeout_s=0)


def test_spool_always_keeps_an_event_in_memory_where_the_disk_has_no_room(tmp_path: Path) -> None:
    service = Storefront(
        spool_dir=tmp_path, durability="spool_always", spool_limit_bytes=100, linger_s=60
    )
    service.events.view(user_id="u", item_id="a")

    assert service.events.stats().pending == 1
    assert len(service.arrived()) == 1
    service.events.close()


def test_spool_always_keeps_its_books_while_threads_write_and_one_delivers(tmp_path: Path) -> None:
    service = Storefront(
        spool_dir=tmp_path, durability="spool_always", linger_s=0, spool_limit_bytes=512 * 1024
    )
    unbalanced = []

    def log() -> None:
        for number in range(300):
            service.events.view(user_id="u", item_id=f"item-{number}")
            stats = service.events.stats()
            if stats.offered != sum(stats[1:6]) or min(stats) < 0:
                unbalanced.append(stats)

    threads = [threading.Thread(target=log) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({event.event_id for event in service.arrived()}) == 1200
    assert service.events.stats() == (1200, 1200, 0, 0, 0, 0, 0, 0)
    assert unbalanced == []
    service.events.close()
    assert list(tmp_path.rglob("*.spool")) == []


def test_no_mode_but_spool_always_touches_the_disk_in_the_call(tmp_path: Path) -> None:
    service = Storefront(spool_dir=tmp_path, linger_s=60)
    service.events.view(user_id="u", item_id="a")

    assert list(tmp_path.rglob("*.spool")) == []
    service.events.close()


def test_spool_always_refuses_to_start_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigInvalid, match="cannot write there"):
        Storefront(spool_dir=tmp_path / "file", durability="spool_always")


def test_a_system_without_file_locks_refuses_a_spool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loggers_sdk.courier._HAS_LOCKS", False)

    with pytest.raises(ConfigInvalid, match="flock"):
        Storefront(spool_dir=str(tmp_path))


def test_two_tenants_in_one_folder_never_send_each_other_s_events(tmp_path: Path) -> None:
    failing = RecordingTransport([Answer(503)] * 100)
    with EventLogger("http://test", "a", "key", transport=failing, spool_dir=tmp_path) as a:
        a.view(user_id="u", item_id="of-a")
        a.close(timeout_s=0.05)
    transport = RecordingTransport()

    with EventLogger("http://test", "b", "key", transport=transport, spool_dir=tmp_path) as b:
        b.flush()

    assert transport.batches == []


def test_a_forgotten_logger_delivers_and_its_thread_ends() -> None:
    before = delivery_threads()
    transport = RecordingTransport()
    EventLogger("http://test", "shop", "key", transport=transport).view(user_id="u", item_id="a")
    gc.collect()

    while len(delivery_threads()) > len(before):
        time.sleep(0.01)

    assert len(transport.events) == 1


def test_a_fault_inside_the_delivery_does_not_end_its_thread(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    service = Storefront()
    delivery = service.events._courier._delivery
    step = delivery.step
    faults = iter([MemoryError()])

    def faulty_step() -> float | None:
        for fault in faults:
            raise fault
        return step()

    monkeypatch.setattr(delivery, "step", faulty_step)
    monkeypatch.setattr("loggers_sdk.courier._PAUSE_AFTER_FAULT_S", 0.01)
    service.events.view(user_id="u", item_id="a")

    assert len(service.arrived()) == 1
    assert "MemoryError" in caplog.text
    service.events.close()


def test_where_no_thread_can_start_flush_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    service = Storefront(Answer(503), retry=RetryPolicy(first_s=0.01))
    service.events.view(user_id="u", item_id="a")

    assert service.events.flush(timeout_s=60).delivered == 1
    service.events.close()


def test_a_patch_made_after_the_logger_is_what_its_thread_waits_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Patched(queue.SimpleQueue):
        """What gevent puts in place in a worker that was forked from a preloaded server."""

    service = Storefront()
    monkeypatch.setattr(queue, "SimpleQueue", Patched)
    service.events.view(user_id="u", item_id="a")

    assert isinstance(service.events._courier._bell._rings, Patched)
    assert len(service.arrived()) == 1
    service.events.close()
