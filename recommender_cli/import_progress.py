"""
How far an import or an export is, for people at a terminal: phase, bar, rows, rows a second, time
left.

Shows itself only when it takes longer than a moment, and never where nobody watches.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import ProgressColumn as Column
from rich.text import Text
from typing_extensions import override

from .output import err

SHOWN_AFTER_S = 2.0


class _Rows(Column):
    """1,200,000 rows · 310,000 rows/s."""

    def __init__(self, noun: str = "rows") -> None:
        super().__init__()
        self._noun = noun

    @override
    def render(self, task: Task) -> Text:
        rows = task.fields.get("rows", 0)
        if not rows:
            return Text("")
        rate = f" · {rows / task.elapsed:,.0f} {self._noun}/s" if task.elapsed else ""
        return Text(f"{rows:,} {self._noun}{rate}")


class ImportProgress:
    """Is called by whoever reads, with a phase, the fraction of it that is done, and rows."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._task = shown.add_task("", total=None, rows=0)
        self._phase = ""

    def __call__(self, phase: str, fraction: float, rows: int) -> None:
        self._begin(phase, total=1.0)
        self._shown.update(self._task, completed=fraction, rows=rows)

    def step(self, phase: str) -> None:
        """Something whose end cannot be told."""
        self._begin(phase, total=None)

    def _begin(self, phase: str, total: float | None) -> None:
        if phase != self._phase:
            self._phase = phase
            self._shown.reset(self._task, total=total, description=phase, rows=0)


@contextmanager
def import_progress(
    *, wanted: bool, console: Console = err, after_s: float = SHOWN_AFTER_S, noun: str = "rows"
) -> Iterator[ImportProgress]:
    """A bar on `console`, where that is a terminal and a person watches it."""
    is_watched = wanted and console.is_terminal and not os.environ.get("CI")
    shown = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        _Rows(noun),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not is_watched,
    )
    timer = threading.Timer(after_s, shown.start)
    timer.daemon = True
    timer.start()
    try:
        yield ImportProgress(shown)
    finally:
        timer.cancel()
        timer.join()
        shown.stop()
