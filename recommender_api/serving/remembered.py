"""
Answers that are the same until something changes, remembered for one state of a tenant.

An answer is worked out from what was asked, what is known of who asks, and the tenant's model,
catalog and rules. Where the last change, `Loaded` is another, and remembers nothing of the one
before; the first two are what an answer is remembered by. Bounded in bytes, in two generations:
whatever is asked for again belongs to the young one, and when that is full the old one is forgotten
as a whole.
"""

import threading
from typing import NamedTuple

Question = tuple[str | bytes, ...]
"""
What was asked, as it was sent, its first part telling a query from a body; then what is known of
who asks.
"""

LIMIT_BYTES = 256 * 2**20
"""Of all tenants in one process."""
OVERHEAD_BYTES = 360
"""Of an entry beside its question and answer."""


class Told(NamedTuple):
    """An answer behind its id, who gave it, and what it counts as."""

    rest: bytes
    tier: str
    outcome: str


_Kept = tuple[float, Told]


class Room:
    """What all who remember share."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self._counting = threading.RLock()
        """What is forgotten may be so in any thread, and in the middle of anything."""

    def grow(self, by_bytes: int) -> None:
        with self._counting:
            self.used_bytes += by_bytes


class _Generation(dict[Question, _Kept]):
    """What was asked for between two moments; its room is free when nobody holds it any more."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self.size_bytes = 0

    def __del__(self) -> None:
        self._room.grow(-self.size_bytes)

    def has_room_for(self, size_bytes: int) -> bool:
        """Half of the room is the most that a generation takes: the old one is beside it."""
        room = self._room
        fits = self.size_bytes + size_bytes <= room.limit_bytes // 2
        return fits and room.used_bytes + size_bytes <= room.limit_bytes

    def put(self, question: Question, kept: _Kept) -> None:
        self.take(question)
        self[question] = kept
        self._grow(_size_bytes(question, kept[1]))

    def take(self, question: Question) -> _Kept | None:
        kept = self.pop(question, None)
        if kept is not None:
            self._grow(-_size_bytes(question, kept[1]))
        return kept

    def _grow(self, by_bytes: int) -> None:
        self.size_bytes += by_bytes
        self._room.grow(by_bytes)


_ROOM = Room()


class Remembered:
    """Question → answer, each until a moment."""

    def __init__(self, room: Room = _ROOM) -> None:
        self._room = room
        self._young, self._old = _Generation(room), _Generation(room)

    @property
    def size_bytes(self) -> int:
        return self._young.size_bytes + self._old.size_bytes

    def get(self, question: Question, now_s: float) -> Told | None:
        known = self._young.get(question) or self._grown_young(question)
        return known[1] if known is not None and now_s < known[0] else None

    def keep(self, question: Question, answer: Told, until_s: float) -> None:
        """Remember an answer that holds until then, if there is room."""
        self._add(question, (until_s, answer))

    def _grown_young(self, question: Question) -> _Kept | None:
        known = self._old.take(question)
        if known is not None:
            self._add(question, known)
        return known

    def _add(self, question: Question, kept: _Kept) -> None:
        size_bytes = _size_bytes(question, kept[1])
        if not self._young.has_room_for(size_bytes):
            self._young, self._old = _Generation(self._room), self._young
        if self._young.has_room_for(size_bytes):
            self._young.put(question, kept)


def _size_bytes(question: Question, answer: Told) -> int:
    return sum(map(len, question)) + len(answer.rest) + OVERHEAD_BYTES
