"""
What was answered and is to be written down, until somebody writes it: one tenant's, bounded.

Offering costs next to nothing and never waits. Where there is no room the trace is dropped and
counted: an answer is never slower, and never wrong, for being recorded.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

COUNT_LIMIT = 2_000
"""Waiting traces of one tenant and process: ten seconds of 1 % of 20,000 answers a second."""
SIZE_LIMIT_BYTES = 4 * 2**20
"""Of one tenant's."""
ROOM_BYTES = 64 * 2**20
"""Of all tenants' in one process, for where the store stands still."""

_draw = random.Random(random.SystemRandom().getrandbits(64)).random  # noqa: S311 - a sample


class Trace(Protocol):
    """One answer, as it will stand in the log."""

    @property
    def size_bytes(self) -> int: ...

    def event(self) -> Mapping[str, Any]:
        """
        The fields of the event; made when it is written, not when the answer goes out.

        Raises:
            ValueError, RecursionError: where it cannot be written.
        """
        ...


@dataclass
class Room:
    """What all tenants' queues share."""

    limit_bytes: int = ROOM_BYTES
    size_bytes: int = 0


class Traces:
    """The queue of one tenant; all calls come from one thread."""

    def __init__(
        self,
        wake: Callable[[], None],
        room: Room,
        *,
        count_limit: int = COUNT_LIMIT,
        size_limit_bytes: int = SIZE_LIMIT_BYTES,
    ) -> None:
        self._wake = wake
        self._room = room
        self._count_limit = count_limit
        self._size_limit_bytes = size_limit_bytes
        self._waiting: list[Trace] = []
        self._size_bytes = 0
        self.dropped = 0
        """Since they were last taken."""

    def has_room(self, size_bytes: int) -> bool:
        """Whether so much would be taken; if not, it counts as dropped."""
        is_full = (
            len(self._waiting) >= self._count_limit
            or self._size_bytes + size_bytes > self._size_limit_bytes
            or self._room.size_bytes + size_bytes > self._room.limit_bytes
        )
        if is_full:
            self.dropped += 1
            self._wake()
            return False
        return True

    def keep(self, trace: Trace) -> None:
        """Take one that there is room for."""
        self._waiting.append(trace)
        self._size_bytes += trace.size_bytes
        self._room.size_bytes += trace.size_bytes
        self._wake()

    def take(self) -> tuple[list[Trace], int]:
        """All that wait, and how many were dropped; nothing waits afterwards."""
        taken, dropped = self._waiting, self.dropped
        self._room.size_bytes -= self._size_bytes
        self._waiting, self._size_bytes, self.dropped = [], 0, 0
        return taken, dropped


def falls(share: float) -> bool:
    """Whether chance chooses this one of so many."""
    return share > 0.0 and _draw() < share
