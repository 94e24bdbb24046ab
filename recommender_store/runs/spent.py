"""
What trainings took, by the UTC day on which they began: told from their records.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date

from .record import Run, Runs

_TIMED = re.compile(r"\d{8}T")
"""How ids begin that say when; others were given by whoever started the run."""


def begun_between(runs: Runs, first: date, last: date) -> Iterator[Run]:
    """Every training that began on one of these days, these two among them."""
    earliest, latest = f"{first:%Y%m%d}", f"{last:%Y%m%d}"
    for run_id in runs.ids():
        if _TIMED.match(run_id) and not earliest <= run_id[:8] <= latest:
            continue
        run = runs.find(run_id)
        if run is not None and run.kind == "training" and first <= begun_on(run) <= last:
            yield run


def begun_on(run: Run) -> date:
    return run.started_at.astimezone(UTC).date()


def cpu_s(run: Run) -> float:
    """Of all cores; of steps whose record does not say, their duration on one."""
    return sum(one.duration_s if one.cpu_s is None else one.cpu_s for one in run.steps)


def duration_s(run: Run) -> float:
    """Of the steps that ended."""
    return sum(step.duration_s for step in run.steps)
