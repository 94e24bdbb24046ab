"""
Packed records of many actors, users or sessions: the newest of each, and a bounded number of them.

Actors live in two generations: whoever does something belongs to the young one, and when that is
full the old one is forgotten as a whole, with everybody who was silent all the while. To keep an
exact order of silence would cost more than to keep the records.
"""

import struct
from collections.abc import Iterable

import numpy as np

from recommender_store.event_log.remembered import EVENTS_PER_USER

RECORD = struct.Struct("<iiqf")
"""Item code, kind code, time in ms, value (NaN for none): 20 bytes."""
_BYTES = f"{RECORD.size}s"
FIELDS = np.dtype([("item", "<i4"), ("kind", "<i4"), ("at_ms", "<i8"), ("value", "<f4")])
_SLACK = 1.5
"""Times the limit, so that twins and the oldest need not be looked for each time."""


class Actors:
    """At most `limit` actors, and at least the half of it that did something last."""

    def __init__(self, limit: int, records_most: int = EVENTS_PER_USER) -> None:
        self._limit = limit
        self._records_most = records_most
        self._full_bytes = int(_SLACK * records_most) * RECORD.size
        self._young: dict[str | None, bytearray] = {}
        self._old: dict[str | None, bytearray] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def add(self, actors: Iterable[str | None], records: Iterable[bytes]) -> None:
        """Keep each record of its actor; None is nobody."""
        known, full_bytes = self._young.get, self._full_bytes
        for actor, record in zip(actors, records, strict=True):
            packed = known(actor)
            if packed is None:
                if actor is None:
                    continue
                packed = self._grown_up(actor)
                known = self._young.get
            packed += record
            if len(packed) > full_bytes:
                packed[:] = _newest(packed, self._records_most)

    def packed(self, actor: str | None) -> bytes:
        """The newest records of an actor, in no order; what was told twice may be there twice."""
        if actor is None:
            return b""
        packed = self._young.get(actor) or self._old.get(actor) or b""
        return _newest(packed, self._records_most)

    def _grown_up(self, actor: str) -> bytearray:
        """The records of somebody who is not in the young generation, there from now on."""
        packed = self._old.pop(actor, None) or bytearray()
        if len(self._young) >= max(1, self._limit // 2):
            self._young, self._old = {}, self._young
        self._young[actor] = packed
        return packed


def each(packed: bytes | bytearray) -> tuple[bytes, ...]:
    """The records one by one."""
    return struct.unpack(len(packed) // RECORD.size * _BYTES, packed)


def _newest(packed: bytes | bytearray, most: int) -> bytes:
    """Each record once, without the oldest by time, which need not be the first that came."""
    if len(packed) <= most * RECORD.size:
        return bytes(packed)
    once = dict.fromkeys(each(packed))
    records = np.frombuffer(b"".join(once), FIELDS)
    by_time = records["at_ms"].argsort(kind="stable")
    return records[by_time[-most:]].tobytes()
