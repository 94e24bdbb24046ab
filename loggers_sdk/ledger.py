"""
Count every event the process offered, and where it went: one lock, one set of numbers.

What comes in are changes, what goes out is a snapshot. An event is in exactly one place, so
``offered`` is the sum of the places and the books balance at any moment.
"""

from __future__ import annotations

import threading
from typing import NamedTuple


class Stats(NamedTuple):
    """
    A snapshot: ``offered == delivered + spooled + pending + dropped + rejected``.

    ``spooled`` and ``pending`` are levels: events now on disk, events now in memory. Outside of
    the sum: ``adopted`` events of dead processes that this one delivered for them, and ``damaged``
    pieces of their files that could not be read.
    """

    offered: int
    delivered: int
    spooled: int
    pending: int
    dropped: int
    rejected: int
    adopted: int = 0
    damaged: int = 0


class FlushResult(NamedTuple):
    """Where this process's events are now; ``pending`` ones are in memory still."""

    delivered: int
    spooled: int
    dropped: int
    pending: int

    @property
    def is_complete(self) -> bool:
        """Whether nothing waits any more, neither in memory nor on disk."""
        return self.pending == 0 and self.spooled == 0


class Tally(NamedTuple):
    """How a batch of events ended, as far as it did."""

    delivered: int = 0
    rejected: int = 0
    dropped: int = 0
    spooled: int = 0


class Ledger:
    """
    The counts, changed by whoever holds ``lock``.

    The lock is re-entrant because a signal handler may offer an event while the same thread is
    offering one.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin at zero with a fresh lock, as a forked child must."""
        self.lock = threading.RLock()
        self.delivered = self.spooled = self.dropped = self.rejected = 0
        self.adopted = self.damaged = 0

    def add(self, tally: Tally) -> None:
        with self.lock:
            self.delivered += tally.delivered
            self.rejected += tally.rejected
            self.dropped += tally.dropped
            self.spooled += tally.spooled

    def snapshot(self, pending: int) -> Stats:
        """Take it while holding ``lock``, with what memory holds at that moment."""
        settled = self.delivered + self.dropped + self.rejected
        return Stats(
            offered=settled + self.spooled + pending,
            delivered=self.delivered,
            spooled=self.spooled,
            pending=pending,
            dropped=self.dropped,
            rejected=self.rejected,
            adopted=self.adopted,
            damaged=self.damaged,
        )
