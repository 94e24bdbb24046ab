import threading

from loggers_sdk.bell import Bell


def test_a_ring_ends_the_wait_of_another_thread() -> None:
    bell = Bell()
    waiter = threading.Thread(target=bell.wait, args=(60.0,))
    waiter.start()

    bell.ring()
    waiter.join(timeout=60)

    assert not waiter.is_alive()


def test_rings_that_nobody_heard_count_as_one() -> None:
    bell = Bell()
    for _ in range(1000):
        bell.ring()

    assert bell._rings.qsize() == 1


def test_a_wait_without_a_ring_ends_with_its_time() -> None:
    bell = Bell()

    bell.wait(0.001)

    assert bell._rings.empty()
