"""
What DuckDB may use while it takes a dataset out of a log. Pure.

Beyond its memory it spills to disk. With what is fetched out of it, a snapshot stays below 500 MB
and 48 bytes an event.
"""

import os
from typing import TypedDict

MEMORY_MB = 150
"""At least, and as much again for every three threads."""
BYTES_PER_EVENT = 24
THREADS_MOST = 4
"""Each thread wants memory of its own, and reading waits for the disk."""


class Allowance(TypedDict):
    """As `LogState.opened` takes it."""

    memory_limit: str
    threads: int


def allowance(events: int, threads: int | None) -> Allowance:
    """`threads` None: as many as there are cores."""
    threads = min(threads or os.cpu_count() or 1, THREADS_MOST)
    megabytes = MEMORY_MB * (1 + threads / 3) + events * BYTES_PER_EVENT / 1e6
    return Allowance(memory_limit=f"{round(megabytes)}MB", threads=threads)
