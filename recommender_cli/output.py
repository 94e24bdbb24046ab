"""
How every verb speaks: results on stdout (tables, or one JSON document), the rest on stderr; errors
as one sentence and an exit code: 0 done, 1 failed, 2 usage, 3 refused, 4 not yet, 130 interrupted.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NoReturn, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from recommender_store.settings import StoreSettings
from recommender_store.tenants.errors import TenantUnknown

DONE, FAILED, USAGE, REFUSED = 0, 1, 2, 3
WAITING = 4
"""What is waited for did not happen yet: ask again later."""
INTERRUPTED = 130

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def emit(document: Any, *, as_json: bool, lines: Iterable[Any] = ()) -> None:
    """A verb's result: the whole document for machines, or what people read of it."""
    if as_json:
        write(document, sys.stdout)
        return
    for line in lines:
        out.print(line, markup=False) if isinstance(line, str) else out.print(line)


def write(document: Any, stream: TextIO) -> None:
    """A document for machines, in one line."""
    stream.write(json.dumps(document, default=_spelt, ensure_ascii=False) + "\n")


def _spelt(value: object) -> str:
    """What JSON has no spelling for; a time as everywhere, 2026-11-20T10:00:00+00:00."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> Table:
    made = Table(title=title or None, title_justify="left", header_style="bold", box=None)
    for header in headers:
        made.add_column(header, overflow="fold")
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    return made


def fail(sentence: str, code: int = FAILED) -> NoReturn:
    """End with one sentence on stderr."""
    err.print(f"error: {sentence}" if code != REFUSED else f"refused: {sentence}", markup=False)
    raise SystemExit(code)


def sentence(error: Exception) -> str:
    """What went wrong, and the stable code where it has one."""
    code = getattr(error, "code", None)
    text = str(error) or type(error).__name__
    if isinstance(error, TenantUnknown):
        text += f"; the store is {StoreSettings.from_environment().place}"
    if isinstance(code, str):
        return f"{text} [{code}]"
    return f"{type(error).__name__}: {text} (run again with --debug for the traceback)"


def counted(count: int, noun: str) -> str:
    """1 file, 2 files."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def say(sentence: str) -> None:
    """Something that is not the result."""
    err.print(sentence, markup=False)


class TerminalProgress:
    """A line that moves while something takes long; silent where nobody watches."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def step(self, name: str) -> None:
        self._progress.update(self._task, description=name, total=None, completed=0)

    def progress(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)

    def phase(self, name: str, fraction: float) -> None:
        self._progress.update(self._task, description=name, completed=fraction, total=1.0)


@contextmanager
def progress_line() -> Iterator[TerminalProgress]:
    watched = err.is_terminal and not os.environ.get("CI")
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not watched,
    ) as progress:
        yield TerminalProgress(progress)
