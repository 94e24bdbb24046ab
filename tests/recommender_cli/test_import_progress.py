"""The bar of an import: phase, rows, rate, time left; only for those who watch."""

import io
import time

import pytest
from rich.console import Console
from rich.progress import Progress

from recommender_cli.import_progress import _Rows, import_progress


@pytest.fixture(name="console")
def _console(monkeypatch: pytest.MonkeyPatch) -> Console:
    monkeypatch.delenv("CI", raising=False)
    return Console(file=io.StringIO(), force_terminal=True, width=120)


def shown(console: Console, *, wanted: bool = True, after_s: float = 60) -> str:
    with import_progress(wanted=wanted, console=console, after_s=after_s) as progress:
        progress("reading", 0.25, 1_234_567)
        progress.step("storing")
    return text(console)


def text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_long_import_shows_phase_and_rows(console: Console) -> None:
    give_up_at = time.monotonic() + 30
    with import_progress(wanted=True, console=console, after_s=0) as progress:
        while "1,234,567 rows" not in text(console) and time.monotonic() < give_up_at:
            progress("reading", 0.25, 1_234_567)

    assert "reading" in text(console)
    assert "1,234,567 rows" in text(console)


def test_a_short_import_shows_nothing(console: Console) -> None:
    assert "reading" not in shown(console)


def test_machines_are_shown_nothing(console: Console) -> None:
    assert shown(console, wanted=False, after_s=0) == ""


def test_a_file_is_shown_nothing() -> None:
    assert shown(Console(file=io.StringIO()), after_s=0) == ""


def test_the_rate_is_rows_by_time_in_this_phase() -> None:
    progress = Progress()
    progress.add_task("reading", total=1.0, rows=800, start=False)
    (task,) = progress.tasks
    task.start_time, task.stop_time = 100.0, 104.0

    assert str(_Rows().render(task)) == "800 rows · 200 rows/s"
