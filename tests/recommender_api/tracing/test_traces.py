"""What waits to be written is bounded, and what finds no room is counted."""

from typing import NamedTuple

import pytest

from recommender_api.tracing.traces import Room, Traces, falls


class Sized(NamedTuple):
    """A trace of which only its size matters."""

    size_bytes: int

    def event(self):
        return {}


@pytest.fixture
def woken():
    return []


def queue(woken, room=None, **limits):
    return Traces(lambda: woken.append(1), room or Room(), **limits)


def offer(traces, size_bytes=1):
    if not traces.has_room(size_bytes):
        return False
    traces.keep(Sized(size_bytes))
    return True


def test_what_is_kept_is_taken_once_in_its_order(woken):
    traces = queue(woken)
    assert all(offer(traces, size) for size in (3, 1, 2))

    taken, dropped = traces.take()

    assert ([one.size_bytes for one in taken], dropped) == ([3, 1, 2], 0)
    assert traces.take() == ([], 0)
    assert woken


def test_beyond_so_many_they_are_dropped_and_counted_until_they_are_taken(woken):
    traces = queue(woken, count_limit=3)

    assert [offer(traces) for _ in range(5)] == [True] * 3 + [False] * 2
    assert traces.take()[1] == 2
    assert offer(traces)


def test_beyond_so_many_bytes_they_are_dropped(woken):
    traces = queue(woken, size_limit_bytes=10)

    assert [offer(traces, 6), offer(traces, 6), offer(traces, 4)] == [True, False, True]
    traces.take()
    assert offer(traces, 10)


def test_all_tenants_together_have_room_for_so_many_bytes(woken):
    room = Room(limit_bytes=10)
    loud, quiet = queue(woken, room), queue(woken, room)
    assert offer(loud, 9)

    assert not offer(quiet, 2)
    loud.take()
    assert offer(quiet, 2)


def test_whoever_writes_is_woken_by_what_was_dropped_too(woken):
    traces = queue(woken, size_limit_bytes=1)

    assert not offer(traces, 2)
    assert woken
    assert traces.take() == ([], 1)


def test_of_no_share_none_falls_and_of_all_every_one():
    assert not any(falls(0.0) for _ in range(1_000))
    assert all(falls(1.0) for _ in range(1_000))


def test_about_the_share_falls():
    assert 700 < sum(falls(0.1) for _ in range(10_000)) < 1_300  # ten standard deviations
