"""
How far a long reading is, told to whoever asked: by the bytes of a file that were gone through, or
by DuckDB's own estimate, several times a second.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import duckdb

Progress = Callable[[str, float, int], None]
"""Called with the name of a phase, the fraction of it that is done, and the rows done so far."""

_INTERVAL_S = 0.2


class Stretch(NamedTuple):
    """What a statement is of its phase: from which fraction to which, and over how many rows."""

    start: float
    end: float
    rows_before: int
    rows: int


@contextmanager
def told(
    connection: duckdb.DuckDBPyConnection, progress: Progress | None, phase: str, stretch: Stretch
) -> Iterator[None]:
    """Tell the progress of what is executed inside."""
    if progress is None:
        yield
        return

    def tell(fraction: float) -> None:
        done = stretch.start + (stretch.end - stretch.start) * fraction
        progress(phase, done, stretch.rows_before + int(stretch.rows * fraction))

    tell(0)
    done = threading.Event()

    def poll() -> None:
        while not done.wait(_INTERVAL_S):
            tell(min(max(connection.query_progress(), 0.0), 100.0) / 100)

    poller = threading.Thread(target=poll, name="import-progress", daemon=True)
    poller.start()
    try:
        yield
    finally:
        done.set()
        poller.join()
    tell(1)


class LinesTold:
    """Tells how far the walk over the lines of several files is, by their bytes."""

    def __init__(self, progress: Progress, phase: str, sizes: list[int]) -> None:
        self._progress = progress
        self._phase = phase
        self._total = max(sum(sizes), 1)
        self._sizes = sizes
        self._bytes_before = 0
        self._rows_before = 0
        self._taken = 0

    def take(self, count: int) -> None:
        """So many more bytes of the present file were read."""
        self._taken += count

    def tell(self, rows: int) -> None:
        """So many rows of the present file were found."""
        done = self._bytes_before + min(self._taken, self._sizes[0])
        self._progress(self._phase, done / self._total, self._rows_before + rows)

    def again(self) -> None:
        """The present file is gone through once more."""
        self._taken = 0

    def next_file(self, rows: int) -> None:
        self._bytes_before += self._sizes.pop(0)
        self._rows_before += rows
        self._taken = 0
