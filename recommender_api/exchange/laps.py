"""
Which stages a request has passed, and when: noted while its trace is recorded, and not otherwise.

Who has done the work of a stage says so; where nobody records, that costs one look. Tasks and
threads that a request starts note into the same laps.
"""

import secrets
import time
from contextvars import ContextVar
from typing import NamedTuple


class Lap(NamedTuple):
    """One stage, in nanoseconds since 1970."""

    name: str
    began_ns: int
    ended_ns: int
    detail: object = None
    """What is to be known of it beside; its text is told."""


class Laps:
    """Of one request; the ids are those of its trace and of the span it was sent from, in hex."""

    def __init__(self, trace_id: str, parent_id: str | None) -> None:
        self.trace_id = trace_id
        self.parent_id = parent_id
        self.span_id = secrets.token_hex(8)
        """Its own, known before it is sent: what the request starts names it."""
        self.began_ns = self._reached_ns = time.time_ns()
        self.passed: list[Lap] = []

    def reached(self, name: str, detail: object = None) -> None:
        """The end of a stage that began where the last one ended."""
        now_ns = time.time_ns()
        self.passed.append(Lap(name, self._reached_ns, now_ns, detail))
        self._reached_ns = now_ns

    def note(self, lap: Lap) -> None:
        """Something that went on inside of a stage, or was shared with other requests."""
        self.passed.append(lap)


_now: ContextVar[Laps | None] = ContextVar("laps", default=None)
laps_of_now = _now.get
record_laps = _now.set


def reached(name: str, detail: object = None) -> None:
    """The same, for the request that is worked at."""
    laps = _now.get()
    if laps is not None:
        laps.reached(name, detail)
