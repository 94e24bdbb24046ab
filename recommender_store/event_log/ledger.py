"""
What the log holds of each UTC day of receipt, as the ledger compares it with what came in.

Segments are read, Parquet is known by its sums; asked to, its files are counted too.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from recommender_store.errors import ObjectMissing

from .errors import LogFileCorrupt
from .flow import DayFlow, received_on
from .log import EventLog
from .reader import LogState
from .steps import workbench
from .view import (
    blame_damaged,
    count_lines_received,
    create_files_view,
    local_files,
    write_pending,
)

_TRIES = 3


@dataclass(frozen=True)
class Logged:
    """One state of the log in numbers, by UTC day of `received_at`."""

    pending: Mapping[str, int]
    """Segment lines that are not in Parquet yet, twins too."""
    flow: Mapping[str, DayFlow]
    listed_rows: int
    """Rows of all Parquet files that count."""
    rows: Mapping[str, int] | None
    """Rows as they stand in the files; None: not counted."""
    is_accounted: bool
    """False where Parquet was written before its sums were kept."""
    newest_segment_us: int
    """When the youngest pending segment was written, 0 for none."""


def logged(log: EventLog, *, count: bool = False) -> Logged:
    """
    Args:
        log: whose newest state is taken.
        count: read every Parquet file, a day at a time.

    Raises:
        LogFileCorrupt, SegmentCorrupt: where something is gone or damaged.
    """
    for _ in range(_TRIES - 1):
        state = log.state()
        if not state.pending and not count:
            return _logged(state, count=False)  # said by the list of files: nothing is read
        from duckdb import Error

        try:
            return _logged(state, count=count)
        except (ObjectMissing, LogFileCorrupt, Error):
            # An erasure removes at once what a state of the log still names.
            if log.state().files.files == state.files.files:
                blame_damaged(state.scope, state.files.files)
                raise
    return _logged(log.state(), count=count)


def _logged(state: LogState, *, count: bool) -> Logged:
    files = state.files
    return Logged(
        pending=_pending(state) if state.pending else {},
        flow=files.flow,
        listed_rows=files.row_count,
        rows=_counted(state) if count else None,
        is_accounted=files.is_accounted,
        newest_segment_us=max((one.name.written_at_us for one in state.pending), default=0),
    )


def _pending(state: LogState) -> dict[str, int]:
    with workbench() as (connection, folder):
        lines = folder / "pending.jsonl"
        write_pending(state.segments, state.pending, lines)
        return count_lines_received(connection, lines)


def _counted(state: LogState) -> dict[str, int]:
    rows: Counter[str] = Counter()
    by_day = sorted(state.files.files, key=lambda file: file.day)
    for _, files in groupby(by_day, key=lambda file: file.day):
        with workbench() as (connection, folder):
            create_files_view(connection, "held", local_files(state.scope, list(files), folder))
            rows.update(received_on(connection, "held"))
    return dict(rows)
