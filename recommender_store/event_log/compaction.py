"""
How the log grows in Parquet: small segments are compacted, whole files are adopted.

Both write day files of new events (and of small files that they replace), then a checkpoint, then
name the files in one step. Safe to run twice, at once, and to kill.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .checkpoint import write_checkpoint
from .day_files import due_for_merging, upload_day, write_days
from .erased import Erased, create_allowed_view
from .files import Listed, LogFile
from .flow import less, received_on
from .steps import GRACE, LogSteps, Step, workbench
from .view import (
    TRANSFERS_AT_ONCE,
    count_lines_received,
    count_of,
    create_files_view,
    create_lines_table,
    create_twinless_view,
    create_unknown_table,
    days_of,
    local_files,
    write_pending,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["GRACE", "Growth", "LogGrowth"]


@dataclass(frozen=True)
class Growth:
    """What one step added to the Parquet side of the log."""

    new_events: int
    duplicates: int
    flow: dict[str, dict[str, int]] = field(default_factory=dict)
    """Name in `DayFlow` → how many more, by UTC day of `received_at`."""
    erased: int = 0
    """What stayed out since its users were erased after it occurred."""


@dataclass(frozen=True)
class _Written:
    """What a step put into the store, not named yet."""

    step: Step
    new_events: int = 0
    received: dict[str, int] = field(default_factory=dict)
    """Of the new events, by day."""


class LogGrowth:
    """Moves events into the Parquet side of one tenant's log."""

    def __init__(self, steps: LogSteps) -> None:
        self._steps = steps

    def compact(self) -> Growth:
        """Take all pending segments in."""
        return self._steps.retrying(self._compact_once)

    def adopt(self, paths: Sequence[Path], erased: Erased) -> Growth:
        """Take in files of canonical columns, whose events may partly be known already."""
        return self._steps.retrying(lambda before: self._adopt_once(before, paths, erased))

    def _compact_once(self, before: Listed) -> Growth:
        steps, state = self._steps, before.state
        swept = steps.sweep(before)
        pending = tuple(steps.segments.segments(state.marks))
        if not pending:
            if swept or not state.is_accounted:
                steps.commit(before, Step(state.checkpoint, swept=swept))
            return Growth(0, 0)
        with workbench() as (connection, folder):
            lines = folder / "pending.jsonl"
            write_pending(steps.segments, pending, lines)
            create_lines_table(connection, "incoming", lines)
            compacted = count_lines_received(connection, lines)
            written = self._write_new(connection, before, folder)
        flow = {"compacted": compacted, "folded": less(compacted, written.received)}
        steps.commit(before, replace(written.step, taken=pending, swept=swept, flow=flow))
        return Growth(written.new_events, sum(compacted.values()) - written.new_events, flow)

    def _adopt_once(self, before: Listed, paths: Sequence[Path], erased: Erased) -> Growth:
        with workbench() as (connection, folder):
            create_files_view(connection, "given", paths)
            # Asked anew with each try: an erasure moves the log, and a step that lost to it is
            # begun again; what comes in before it, it finds.
            left_out = create_allowed_view(connection, "adopted", "given", erased())
            create_twinless_view(connection, "incoming", "adopted")
            received = count_of(connection, "adopted")
            written = self._write_new(connection, before, folder)
        flow = {"imported": written.received}
        if written.new_events:
            self._steps.commit(before, replace(written.step, flow=flow))
        return Growth(written.new_events, received - written.new_events, flow, left_out)

    def _write_new(
        self, connection: "DuckDBPyConnection", before: Listed, folder: Path
    ) -> _Written:
        """Write what the log does not hold of the relation `incoming`."""
        scope, old = self._steps.scope, before.state.checkpoint
        days = days_of(connection, "incoming")
        known = [file for file in before.state.files if file.day in days]
        create_files_view(connection, "known", local_files(scope, known, folder))
        create_unknown_table(connection, "new_events", "incoming", "known")
        new = count_of(connection, "new_events")
        if new == 0:
            return _Written(Step(old))
        merged = due_for_merging(known, days_of(connection, "new_events"))
        create_files_view(connection, "merged", local_files(scope, merged, folder))
        connection.execute("CREATE VIEW written AS FROM new_events UNION ALL BY NAME FROM merged")
        files = self._upload(write_days(connection, "written", folder))
        checkpoint = write_checkpoint(connection, scope, old, "new_events", folder)
        received = received_on(connection, "new_events")
        return _Written(Step(checkpoint, files, replaced=tuple(merged)), new, received)

    def _upload(self, days: Iterable[tuple[str, int, Path]]) -> tuple[LogFile, ...]:
        with ThreadPoolExecutor(TRANSFERS_AT_ONCE) as transfers:
            return tuple(transfers.map(lambda day: upload_day(self._steps.scope, *day), days))
