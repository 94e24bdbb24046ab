from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from loggers_sdk.buffer import Buffer
from loggers_sdk.ledger import Ledger, Tally


def filled(*lines: bytes, limit_events: int = 100, limit_bytes: int = 1000) -> Buffer:
    buffer = Buffer(limit_events, limit_bytes, Ledger())
    for line in lines:
        buffer.offer(line)
    return buffer


def test_batches_come_out_in_order_and_within_both_limits() -> None:
    buffer = filled(b"aaaa", b"bbbb", b"cc", b"d")

    first = buffer.take(limit_events=3, limit_bytes=10)
    buffer.settle(first, Tally(delivered=2))
    second = buffer.take(limit_events=1, limit_bytes=10)

    assert (first, second) == ([b"aaaa", b"bbbb"], [b"cc"])


def test_a_line_larger_than_a_batch_still_travels_alone() -> None:
    assert filled(b"x" * 50, b"y").take(10, limit_bytes=10) == [b"x" * 50]


def test_a_full_buffer_drops_the_oldest_event_that_is_not_on_its_way() -> None:
    buffer = filled(b"1", b"2", b"3", limit_events=3)
    in_flight = buffer.take(1, 100)

    buffer.offer(b"4")

    assert in_flight == [b"1"]
    assert buffer.collect_overflow() == 1
    assert buffer.collect_overflow() == 0
    buffer.give_back(in_flight)
    assert buffer.take(10, 100) == [b"1", b"3", b"4"]


def test_bytes_bound_the_buffer_as_well() -> None:
    buffer = filled(b"x" * 60, b"y" * 60, limit_bytes=100)

    assert buffer.take(10, 1000) == [b"y" * 60]
    assert buffer.collect_overflow() == 1


def test_an_event_larger_than_the_buffer_is_dropped_alone() -> None:
    buffer = filled(b"x" * 101, limit_bytes=100)

    assert buffer.pending == 0
    assert buffer.collect_overflow() == 1


def test_who_seized_a_batch_books_it_and_who_lost_it_does_not() -> None:
    buffer = filled(b"1", b"2", b"3")
    lost = buffer.take(2, 100)

    seized = buffer.seize()
    buffer.settle(lost, Tally(delivered=2))
    pending_before = buffer.pending
    buffer.settle(seized, Tally(spooled=3))

    assert seized == [b"1", b"2", b"3"]
    assert (pending_before, buffer.pending) == (3, 0)


class Books(RuleBasedStateMachine):
    """Whatever happens in whatever order: offered = delivered + dropped + held, in bounds."""

    taken = Bundle("taken")

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.buffer = Buffer(10, 100, self.ledger)
        self.offered: list[bytes] = []
        self.settled: list[bytes] = []

    @rule(size=st.integers(min_value=6, max_value=120))
    def offer(self, size: int) -> None:
        line = b"%06d" % len(self.offered) + b"x" * (size - 6)
        self.offered.append(line)
        self.buffer.offer(line)

    @rule(target=taken, events=st.integers(1, 12), size=st.integers(1, 150))
    def take(self, events: int, size: int):
        if self.buffer._in_flight:
            return multiple()
        return self.buffer.take(events, size)

    @rule(lines=taken, kept=st.integers(0, 12))
    def settle(self, lines: list[bytes], kept: int) -> None:
        rest = lines[max(0, len(lines) - kept) :]
        if lines is self.buffer._in_flight:
            self.settled.extend(lines[: len(lines) - len(rest)])
        self.buffer.settle(lines, Tally(delivered=len(lines) - len(rest)), rest=rest)

    @rule(target=taken)
    def seize(self) -> list[bytes]:
        return self.buffer.seize()

    @invariant()
    def the_books_balance(self) -> None:
        stats = self.ledger.snapshot(self.buffer.pending)
        held = [*self.buffer._in_flight, *self.buffer._held]
        assert stats.offered == len(self.offered)
        assert stats.delivered == len(self.settled)
        assert stats.pending == len(held)
        assert self.buffer._bytes == sum(map(len, held))

    @invariant()
    def the_bounds_hold(self) -> None:
        assert self.buffer.pending <= 10
        assert self.buffer._bytes <= 100

    @invariant()
    def order_is_kept_and_nothing_is_there_twice(self) -> None:
        held = [*self.buffer._in_flight, *self.buffer._held]
        assert held == sorted(held)
        assert len({*self.settled, *held}) == len(self.settled) + len(held)


Books.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestBooks = Books.TestCase
