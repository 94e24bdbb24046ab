"""
Hold encoded events in memory until they are sent: bounded in count and in bytes.

Lines come in from any thread, batches go out to one. When full, the oldest line that is not on
its way is dropped and counted. Does no IO and waits for nothing but a lock held for microseconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from .ledger import Ledger, Tally


class Buffer:
    """A queue of lines, and the batch that was taken from it and is not settled yet."""

    def __init__(self, limit_events: int, limit_bytes: int, ledger: Ledger) -> None:
        self._limit_events = limit_events
        self._limit_bytes = limit_bytes
        self._ledger = ledger
        self.clear()

    def clear(self) -> None:
        """Forget everything, uncounted: in a forked child these are the parent's events."""
        self._held: deque[bytes] = deque()
        self._in_flight: list[bytes] = []
        self._bytes = 0
        self._overflow = 0

    @property
    def pending(self) -> int:
        """Events held or in flight; take it under the ledger's lock to compare it with counts."""
        return len(self._held) + len(self._in_flight)

    @property
    def waiting(self) -> int:
        """Events that the next batches will be taken from."""
        return len(self._held)

    @property
    def is_half_full(self) -> bool:
        return 2 * self.pending > self._limit_events or 2 * self._bytes > self._limit_bytes

    def offer(self, line: bytes) -> int:
        """Hold one more line; returns how many are waiting now."""
        with self._ledger.lock:
            self._held.append(line)
            self._bytes += len(line)
            if self._bytes > self._limit_bytes or self.pending > self._limit_events:
                self._drop_oldest()
            return len(self._held)

    def take(self, limit_events: int, limit_bytes: int) -> list[bytes]:
        """Take the oldest lines: at least one if any waits, else as many as the limits allow."""
        with self._ledger.lock:
            lines: list[bytes] = []
            size_bytes = 0
            while self._held and len(lines) < limit_events:
                size_bytes += len(self._held[0]) + 1
                if lines and size_bytes > limit_bytes:
                    break
                lines.append(self._held.popleft())
            self._in_flight = lines
            return lines

    def settle(self, lines: list[bytes], tally: Tally, rest: Sequence[bytes] = ()) -> None:
        """
        Book how a taken batch ended; ``rest`` goes back to the front of the queue.

        Does nothing when the batch was seized meanwhile: who seized it books it.
        """
        with self._ledger.lock:
            if lines is not self._in_flight:
                return
            self._in_flight = []
            self._held.extendleft(reversed(rest))
            self._bytes -= sum(map(len, lines)) - sum(map(len, rest))
            self._ledger.add(tally)

    def give_back(self, lines: list[bytes]) -> None:
        """Put a taken batch back to the front, to be taken again."""
        self.settle(lines, Tally(), rest=lines)

    def seize(self) -> list[bytes]:
        """Take everything, a batch in flight too (it may arrive twice; its ids tell)."""
        with self._ledger.lock:
            self._in_flight = [*self._in_flight, *self._held]
            self._held.clear()
            return self._in_flight

    def collect_overflow(self) -> int:
        """How many lines were dropped for want of room since the last time this was asked."""
        with self._ledger.lock:
            overflow, self._overflow = self._overflow, 0
            return overflow

    def _drop_oldest(self) -> None:
        while self._held and (self._bytes > self._limit_bytes or self.pending > self._limit_events):
            self._bytes -= len(self._held.popleft())
            self._ledger.dropped += 1
            self._overflow += 1
