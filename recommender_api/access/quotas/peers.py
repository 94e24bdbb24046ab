"""
The other workers of the platform, as they tell of themselves: who is there, and what each is asked.

Each writes a note once a second and reads those of all. Whose note does not change any more is
gone; no clock of another machine is believed.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct

SILENT_S = 3.5
"""A worker whose note has not changed for so long takes no part of anything."""
FORGOTTEN_S = 60.0
"""Then its note is taken away by whoever sees it."""


SLIGHT = 0.01
"""A demand that is not worth a word: one request in 100 s."""


class Demand(NamedTuple):
    """What is asked of one worker, a second, and what it has let in since it began."""

    requests: float = 0.0
    events: float = 0.0
    requests_spent: float = 0.0
    events_spent: float = 0.0

    @property
    def is_slight(self) -> bool:
        return max(self.requests, self.events) <= SLIGHT


class Note(Struct, array_like=True, frozen=True):
    """What one worker says; tenants of whom nobody asks anything are left out."""

    count: int
    """One more each time."""
    day: str
    """UTC, of `event_bytes`."""
    demands: dict[str, Demand] = {}
    """By tenant."""
    event_bytes: dict[str, int] = {}
    """Tenant → bytes of events that it took on that day, where they may have grown."""


class _Seen(Struct):
    note: Note
    changed_at_s: float


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Note).decode


def encode_note(note: Note) -> bytes:
    return _encode(note)


class Peers:
    """All but `own`."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._seen: dict[str, _Seen] = {}
        self.notes: dict[str, Note] = {}
        """Of those who are there."""
        self.event_bytes: dict[str, dict[str, int]] = {}
        """Worker → tenant → bytes of events today, of those who are gone too."""
        self._day = ""

    def hear(self, told: Mapping[str, bytes], now_s: float, day: str) -> list[str]:
        """Take in what all of them tell; returns those whose notes nobody needs any more."""
        if day != self._day:
            self._day, self.event_bytes = day, {}
        for worker, raw in told.items():
            if worker != self._own:
                self._hear(worker, raw, now_s)
        for worker in self._seen.keys() - told.keys():
            del self._seen[worker]
        self.notes = {
            worker: one.note
            for worker, one in self._seen.items()
            if now_s - one.changed_at_s <= SILENT_S
        }
        return [
            worker for worker, one in self._seen.items() if now_s - one.changed_at_s > FORGOTTEN_S
        ]

    def _hear(self, worker: str, raw: bytes, now_s: float) -> None:
        try:
            note = _decode(raw)
        except msgspec.MsgspecError:
            return  # of another version of this code: it shares with those of its own
        known = self._seen.get(worker)
        if known is None or known.note.count != note.count:
            self._seen[worker] = _Seen(note, now_s)
            if note.day == self._day:
                self.event_bytes.setdefault(worker, {}).update(note.event_bytes)
