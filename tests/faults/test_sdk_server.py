"""The platform is slow, away, or answers what it should not."""

import threading
import time

import pytest

from loggers_sdk import EventLogger, RetryPolicy
from tests.loggers_sdk.child import items
from tests.loggers_sdk.receiver import Receiver, Reply, always, failing_for


def logger(receiver: Receiver, **settings) -> EventLogger:
    return EventLogger(receiver.url, "shop", "rk_shop_1_secret", **settings)


def log(events: EventLogger, count: int) -> None:
    for number in range(count):
        events.view(user_id="u", item_id=f"item-{number}")


@pytest.mark.slow
@pytest.mark.parametrize("with_spool", [False, True])
def test_three_seconds_of_503_cost_nothing_and_at_most_ten_requests(tmp_path, with_spool) -> None:
    with Receiver(failing_for(3.0)) as receiver:
        with logger(receiver, spool_dir=tmp_path if with_spool else None) as events:
            log(events, 50)
            result = events.flush(timeout_s=60)

        assert result.is_complete
        assert receiver.accepted_items() == items(50)
        assert len(receiver.requests) <= 10


def test_the_books_balance_at_any_moment_of_an_overflow() -> None:
    unbalanced = []
    with Receiver(lambda _number: Reply(delay_s=0.05)) as receiver:
        with logger(receiver, buffer_limit_events=50, batch_limit_events=10) as events:
            is_over = threading.Event()

            def watch() -> None:
                while not is_over.is_set():
                    stats = events.stats()
                    parts = stats.delivered + stats.spooled + stats.pending + stats.dropped
                    if stats.offered != parts + stats.rejected or stats.pending > 50:
                        unbalanced.append(stats)

            watcher = threading.Thread(target=watch)
            watcher.start()
            log(events, 500)
            during = events.stats()
            events.flush(timeout_s=60)
            is_over.set()
            watcher.join()
            after = events.stats()

        assert unbalanced == []
        assert during.offered == after.offered == 500
        assert after.dropped >= 440
        assert after.delivered == len(receiver.accepted) == 500 - after.dropped
        assert receiver.accepted_items()[-1] == "item-499"


def test_a_server_that_comes_back_gets_what_was_spooled_meanwhile(tmp_path) -> None:
    policy = RetryPolicy(first_s=0.05, ceiling_s=0.1)
    with Receiver(always(503)) as receiver:
        with logger(receiver, spool_dir=tmp_path, retry=policy, linger_s=0.01) as events:
            log(events, 20)
            while events.stats().spooled < 20:
                time.sleep(0.01)
            log(events, 20)
            receiver.plan = always(202)

            result = events.flush(timeout_s=60)
            stats = events.stats()

        assert result.is_complete
        assert (stats.offered, stats.delivered, stats.adopted) == (40, 40, 0)
        assert sorted(receiver.accepted_items()) == sorted(items(20) * 2)


def test_no_server_at_all_lets_every_call_return_and_flush_say_so() -> None:
    with Receiver() as receiver:
        nobody = receiver.url
    events = EventLogger(nobody, "shop", "key")

    log(events, 10)
    result = events.flush(timeout_s=0.2)

    assert (result.delivered, result.pending, result.is_complete) == (0, 10, False)
    assert events.close(timeout_s=0).dropped == 10


def test_a_connection_the_server_gave_up_costs_no_event() -> None:
    with Receiver(lambda number: Reply(hangs_up=number == 1)) as receiver:
        with logger(receiver) as events:
            for number in range(3):
                events.view(user_id="u", item_id=f"item-{number}")
                events.flush()

        assert receiver.accepted_items() == items(3)


def test_a_logger_among_the_tasks_of_an_asyncio_service_delivers() -> None:
    import asyncio

    async def serve(events: EventLogger, number: int) -> None:
        events.view(user_id="u", item_id=f"item-{number}")
        await asyncio.sleep(0)

    async def main(events: EventLogger) -> bool:
        await asyncio.gather(*(serve(events, number) for number in range(100)))
        return (await asyncio.to_thread(events.flush)).is_complete

    with Receiver() as receiver, logger(receiver) as events:
        assert asyncio.run(main(events))
        assert receiver.accepted_items() == items(100)


def test_many_threads_share_a_logger_and_every_event_arrives_once() -> None:
    with Receiver() as receiver:
        with logger(receiver) as events:
            threads = [threading.Thread(target=log, args=(events, 200)) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            events.flush(timeout_s=60)

        ids = [event["event_id"] for event in receiver.accepted]
        assert len(ids) == len(set(ids)) == 1600


def test_a_signal_handler_may_log_while_the_same_thread_is_logging() -> None:
    import signal

    with Receiver() as receiver, logger(receiver) as events:
        rung = []

        def handle(_number: int, _frame: object) -> None:
            rung.append(1)
            events.click(user_id="u", item_id="signal")

        before = signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        try:
            while len(rung) < 50:
                events.view(user_id="u", item_id="item")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        stats = events.stats()
        events.flush(timeout_s=60)

        assert stats.offered == sum(stats[1:6])
        clicks = [event for event in receiver.accepted if event["kind"] == "click"]
        assert len(clicks) + events.stats().dropped >= len(rung) > 0
