"""
How far a long statement is, told to whoever asked: DuckDB's own estimate, several times a second.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

Progress = Callable[[str, float], None]
"""Called with the name of a phase and the fraction of it that is done, from 0 to 1."""

_INTERVAL_S = 0.2


@contextmanager
def told(
    connection: duckdb.DuckDBPyConnection,
    progress: Progress | None,
    phase: str,
    span: tuple[float, float] = (0.0, 1.0),
) -> Iterator[None]:
    """Tell the progress of what is executed inside, as the part ``span`` of the phase."""
    if progress is None:
        yield
        return
    start, end = span
    progress(phase, start)
    done = threading.Event()

    def poll() -> None:
        while not done.wait(_INTERVAL_S):
            fraction = min(max(connection.query_progress(), 0.0), 100.0) / 100
            progress(phase, start + (end - start) * fraction)

    poller = threading.Thread(target=poll, name="import-progress", daemon=True)
    poller.start()
    try:
        yield
    finally:
        done.set()
        poller.join()
    progress(phase, end)
