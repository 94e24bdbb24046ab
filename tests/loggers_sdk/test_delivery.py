from itertools import pairwise
from pathlib import Path

import pytest

from loggers_sdk import Answer, Config, EventRejected, EventsDropped, RetryPolicy, TransportFailed
from loggers_sdk.buffer import Buffer
from loggers_sdk.complaints import Complaints
from loggers_sdk.delivery import Delivery
from loggers_sdk.events import new_event_id
from loggers_sdk.ledger import Ledger, Stats
from loggers_sdk.spool import Spool
from loggers_sdk.testing import RecordingTransport
from loggers_sdk.wire import SDK_HEADER, encode_event, read_report

BUSY = Answer(503)


class Bench:
    """A delivery on a bench: no thread, a clock that stands still unless it is told to move."""

    def __init__(self, *answers: Answer | Exception, folder: Path | None = None, **settings):
        self.now_s = 1000.0
        self.errors: list[object] = []
        self.transport = RecordingTransport(answers)
        settings = {"retry": RetryPolicy(first_s=1.0, ceiling_s=8.0, budget_s=60.0), **settings}
        config = Config("http://test", "shop", "key", folder, **settings)
        self.ledger = Ledger()
        self.complaints = Complaints(self.errors.append)
        self.buffer = Buffer(config.buffer_limit_events, config.buffer_limit_bytes, self.ledger)
        self.spool: Spool | None = None
        if folder is not None:
            self.spool = Spool(folder, config.spool_limit_bytes, self.ledger, self.complaints)
        self.delivery = Delivery(
            config=config,
            ledger=self.ledger,
            buffer=self.buffer,
            spool=self.spool,
            transport=self.transport,
            complaints=self.complaints,
            clock=lambda: self.now_s,
            draw=lambda: 1.0,
        )

    def offer(self, count: int) -> None:
        for _ in range(count):
            self.buffer.offer(line(f"item-{self.stats.offered}"))

    def step_until_quiet(self, limit: int = 1000) -> float | None:
        for _ in range(limit):
            wait_s = self.delivery.step()
            if wait_s != 0:
                return wait_s
        raise AssertionError("the delivery never rests")

    @property
    def stats(self) -> Stats:
        return self.ledger.snapshot(self.buffer.pending)

    @property
    def sizes(self) -> list[int]:
        return [len(batch) for batch in self.transport.batches]

    def told(self) -> list[object]:
        self.complaints.relay()
        return self.errors


def line(item_id: str) -> bytes:
    return encode_event(
        {
            "event_id": new_event_id(),
            "kind": "view",
            "user_id": "u",
            "item_id": item_id,
            "occurred_at": "2026-11-20T10:00:00Z",
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_an_event_waits_for_others_to_share_its_request_but_not_for_long() -> None:
    bench = Bench(linger_s=0.5)
    assert bench.delivery.step() is None
    bench.offer(1)

    first_wait_s = bench.delivery.step()
    bench.now_s += 0.2
    bench.offer(2)
    second_wait_s = bench.delivery.step()
    bench.now_s += 0.3

    assert (first_wait_s, second_wait_s) == (0.5, pytest.approx(0.3))
    assert bench.step_until_quiet() is None
    assert bench.sizes == [3]


def test_a_full_batch_waits_for_nobody_and_the_rest_lingers() -> None:
    bench = Bench(batch_limit_events=10)
    bench.offer(25)

    assert bench.step_until_quiet() == 0.5
    assert bench.sizes == [10, 10]


def test_who_hurries_gets_everything_sent() -> None:
    bench = Bench()
    bench.offer(3)
    assert not bench.delivery.is_idle
    bench.delivery.hurry()

    bench.step_until_quiet()

    assert bench.delivery.is_idle
    assert bench.stats.delivered == 3


def test_a_failed_batch_is_tried_again_with_the_same_ids() -> None:
    bench = Bench(BUSY, TransportFailed("reset"), ValueError("s3cret"))
    bench.offer(3)
    bench.delivery.hurry()

    while bench.stats.delivered == 0:
        bench.now_s += bench.step_until_quiet() or 0.0

    ids = [[event.event_id for event in batch] for batch in bench.transport.batches]
    assert len(ids) == 4
    assert ids.count(ids[0]) == 4
    assert bench.stats == (3, 3, 0, 0, 0, 0, 0, 0)
    assert [error.status for error in bench.told()] == [503, None, None]
    assert "s3cret" not in str(bench.errors)


def test_delays_between_tries_grow_and_begin_again_after_a_success() -> None:
    bench = Bench(BUSY, BUSY, BUSY, Answer(202), BUSY)
    bench.offer(1)
    bench.delivery.hurry()
    tries_at_s = []
    while len(bench.transport.batches) < 5:
        before = len(bench.transport.batches)
        wait_s = bench.delivery.step()
        if len(bench.transport.batches) > before:
            tries_at_s.append(bench.now_s)
        if bench.stats.delivered == 1 and bench.stats.offered == 1:
            bench.offer(1)
        bench.now_s += wait_s or 0.0

    gaps = [round(b - a, 6) for a, b in pairwise(tries_at_s)]
    assert gaps == [1.0, 1.5, 2.25, 0.0]


def test_retry_after_is_a_minimum_even_for_the_last_try() -> None:
    bench = Bench(Answer(429, retry_after_s=20.0))
    bench.offer(1)
    bench.delivery.hurry()
    bench.step_until_quiet()
    bench.delivery.try_once_more()

    bench.now_s += 19.9
    bench.step_until_quiet()
    tries_before = len(bench.transport.batches)
    bench.now_s += 0.2
    bench.step_until_quiet()

    assert (tries_before, len(bench.transport.batches)) == (1, 2)


def test_the_last_try_does_not_wait_for_the_back_off() -> None:
    bench = Bench(BUSY)
    bench.offer(1)
    bench.delivery.hurry()
    bench.step_until_quiet()

    bench.delivery.try_once_more()
    bench.step_until_quiet()

    assert bench.stats.delivered == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refused_batch_is_never_sent_again_and_counts_as_rejected(status: int) -> None:
    bench = Bench(Answer(status, b"whatever"))
    bench.offer(3)
    bench.delivery.hurry()

    bench.step_until_quiet()

    assert bench.sizes == [3]
    assert (bench.stats.rejected, bench.stats.pending) == (3, 0)
    (error,) = bench.told()
    assert isinstance(error, EventRejected)
    assert error.reason == f"http_{status}"


@pytest.mark.parametrize("status", [401, 403])
def test_where_the_key_is_refused_what_is_spooled_stays_on_disk_for_a_minute(
    status: int, folder: Path
) -> None:
    bench = Bench(Answer(status), folder=folder)
    assert bench.spool is not None
    bench.spool.open()
    for number in range(3):
        assert bench.spool.offer(line(f"item-{number}"))
    bench.delivery.hurry()

    assert bench.step_until_quiet() == 60.0
    assert bench.delivery.is_idle
    assert (bench.sizes, bench.stats.spooled, bench.stats.rejected) == ([3], 3, 0)

    bench.now_s += 60.0
    bench.step_until_quiet()

    assert (bench.sizes, bench.stats.delivered, bench.stats.spooled) == ([3, 3], 3, 0)


def test_a_batch_too_large_for_the_server_is_halved_until_it_fits() -> None:
    bench = Bench(Answer(413), Answer(413))
    bench.offer(9)
    bench.delivery.hurry()

    bench.step_until_quiet()

    assert bench.sizes == [9, 5, 3, 6]
    assert bench.stats.delivered == 9


def test_a_single_event_too_large_for_the_server_is_rejected_alone() -> None:
    bench = Bench(Answer(413), Answer(413), batch_limit_events=2)
    bench.offer(2)
    bench.delivery.hurry()

    bench.step_until_quiet()

    assert bench.sizes == [2, 1, 1]
    assert (bench.stats.rejected, bench.stats.delivered) == (1, 1)


def test_events_refused_one_by_one_leave_their_neighbours_delivered() -> None:
    body = b'{"accepted":1,"duplicates":1,"rejected":[{"index":2,"event_id":"e","code":"too_old"}]}'
    bench = Bench(Answer(202, body))
    bench.offer(3)
    bench.delivery.hurry()

    bench.step_until_quiet()

    assert (bench.stats.delivered, bench.stats.rejected) == (2, 1)
    (error,) = bench.told()
    assert (error.reason, error.event_id) == ("too_old", "e")


def test_events_in_memory_are_given_up_when_the_budget_is_spent() -> None:
    bench = Bench(*[BUSY] * 100, batch_limit_events=2)
    bench.offer(3)
    bench.delivery.hurry()

    for _ in range(200):
        bench.now_s += bench.step_until_quiet() or 0.0
        if bench.stats.pending == 0:
            break

    assert bench.stats.dropped == 3
    dropped = [error for error in bench.told() if isinstance(error, EventsDropped)]
    assert [(error.reason, error.events) for error in dropped] == [
        ("the retry budget is spent", 2),
        ("the retry budget is spent", 1),
    ]


def test_an_overflow_is_told_once_with_its_number() -> None:
    bench = Bench(buffer_limit_events=10)
    bench.offer(15)

    bench.step_until_quiet()

    (error,) = bench.told()
    assert (error.reason, error.events) == ("the buffer was full", 5)


def test_a_failure_moves_memory_to_disk_and_nothing_there_is_given_up(folder: Path) -> None:
    bench = Bench(*[BUSY] * 30, folder=folder)
    bench.offer(700)
    bench.delivery.hurry()
    bench.step_until_quiet()
    assert (bench.stats.spooled, bench.stats.pending) == (700, 0)
    bench.offer(5)
    bench.delivery.step()
    assert (bench.stats.spooled, bench.stats.pending) == (705, 0)

    while bench.stats.delivered < 705:
        bench.now_s += bench.step_until_quiet() or 0.0

    assert bench.stats == (705, 705, 0, 0, 0, 0, 0, 0)
    assert bench.now_s > 1100.0
    bench.spool.close()


def test_a_spool_too_small_for_an_outage_keeps_the_newest_events(folder: Path) -> None:
    bench = Bench(BUSY, BUSY, folder=folder, spool_limit_bytes=8 * 1024, buffer_limit_events=40)
    bench.delivery.hurry()
    for _ in range(10):
        bench.offer(10)
        bench.step_until_quiet()
    kept = bench.stats.spooled + bench.stats.pending

    while not bench.delivery.is_idle:
        bench.now_s += bench.step_until_quiet() or 0.0

    arrived = [event.item_id for event in bench.transport.events]
    assert bench.stats.dropped == 100 - kept > 0
    assert kept >= 50
    assert sorted(arrived) == [f"item-{number}" for number in range(100 - kept, 100)]
    bench.spool.close()


def test_disk_and_memory_take_turns_so_that_fresh_events_do_not_wait_for_a_backlog(
    folder: Path,
) -> None:
    bench = Bench(folder=folder, batch_limit_events=10)
    for number in range(30):
        bench.spool.offer(line(f"old-{number}"))
    bench.offer(30)

    bench.step_until_quiet()

    sources = [batch[0].item_id[:3] for batch in bench.transport.batches]
    assert sources == ["old", "ite"] * 3
    bench.spool.close()


def test_a_spool_that_cannot_be_read_does_not_keep_the_delivery_busy(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(folder=folder)
    bench.spool.offer(line("a"))
    bench.delivery.hurry()
    monkeypatch.setattr(bench.spool, "take", lambda *_limits: [])

    assert bench.delivery.step() == 0.5
    bench.spool.close()


def test_every_request_reports_what_was_counted_under_a_growing_number() -> None:
    bench = Bench(BUSY, batch_limit_events=2)
    bench.offer(3)
    bench.delivery.hurry()
    while bench.stats.delivered < 3:
        bench.now_s += bench.step_until_quiet() or 0.0

    reports = [read_report(headers[SDK_HEADER]) for headers in bench.transport.headers]
    assert [report.sequence for report in reports] == [1, 2, 3]
    assert len({report.session for report in reports}) == 1
    assert [(r.offered, r.delivered, r.pending) for r in reports] == [
        (3, 0, 3),
        (3, 0, 3),
        (3, 2, 1),
    ]


def test_a_child_reports_under_a_session_of_its_own() -> None:
    bench = Bench()
    bench.delivery.hurry()
    bench.offer(1)
    bench.step_until_quiet()
    bench.delivery.reset()
    bench.delivery.hurry()
    bench.offer(1)
    bench.step_until_quiet()

    first, second = [read_report(headers[SDK_HEADER]) for headers in bench.transport.headers]
    assert first.session != second.session
    assert (first.sequence, second.sequence) == (1, 1)


def test_small_bodies_travel_as_they_are_and_large_ones_compressed() -> None:
    bench = Bench(linger_s=0)
    bench.offer(1)
    bench.step_until_quiet()
    bench.offer(50)
    bench.step_until_quiet()

    encodings = [headers.get("Content-Encoding") for headers in bench.transport.headers]
    assert encodings == [None, "gzip"]
    assert len(bench.transport.events) == 51
