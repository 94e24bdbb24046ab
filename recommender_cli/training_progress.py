"""
How far a training is, for people at a terminal: step, bar, and about how long it will still take.

The time left comes from how long the same steps took in the tenant's newest finished training,
stretched by how this one compares with that so far. Without such a one, from the step's own bar.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from trainers.evaluation.report.durations import duration

from .output import err, say

if TYPE_CHECKING:
    from recommender_store.tenant_space import TenantSpace

_LOOKED_AT = 10
"""So many runs back a finished one is looked for."""


def durations_before(space: "TenantSpace") -> dict[str, float]:
    """Seconds of each step of the newest training that published; empty where there is none."""
    for at, run in enumerate(space.runs.newest_first()):
        if run.status in ("promoted", "published"):
            return {step.name: step.duration_s for step in run.steps}
        if at >= _LOOKED_AT:
            break
    return {}


class TimeLeft:
    """An estimate that is told of steps as they begin."""

    def __init__(
        self, before: Mapping[str, float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._before, self._clock = dict(before), clock
        self._finished: dict[str, float] = {}
        self._step, self._began_s = "", clock()

    def step(self, name: str) -> None:
        now = self._clock()
        if self._step:
            self._finished[self._step] = now - self._began_s
        self._step, self._began_s = name, now

    def skip(self, names: tuple[str, ...]) -> None:
        """These were finished by another process."""
        for name in names:
            self._before.pop(name, None)

    def left_s(self, share: float | None = None) -> float | None:
        """
        Seconds until the training ends; None where nobody can tell.

        Args:
            share: how much of the step under way is done, where that is known.
        """
        spent_s = self._clock() - self._began_s
        if not self._before:
            return spent_s / share - spent_s if share and share > 0.02 else None
        compared = [name for name in self._finished if self._before.get(name)]
        usual_s = sum(self._before[name] for name in compared)
        # A second of work says little about the machine; from there on it counts more and more.
        stretch = (sum(self._finished[name] for name in compared) + 1) / (usual_s + 1)
        open_s = sum(
            usual
            for name, usual in self._before.items()
            if name not in self._finished and name != self._step
        )
        step_s = self._before.get(self._step, 0.0) * stretch
        this_s = spent_s / share - spent_s if share and share > 0.2 else max(step_s - spent_s, 0)
        return open_s * stretch + this_s


class TrainingProgress:
    """The report of a training, at a terminal."""

    def __init__(self, shown: Progress, left: TimeLeft) -> None:
        self._shown, self._left = shown, left
        self._task = shown.add_task("", total=None, left="")

    def step(self, name: str) -> None:
        self._left.step(name)
        self._shown.reset(self._task, description=name, total=None, left=self._said(None))

    def resumed(self, run_id: str, finished: tuple[str, ...]) -> None:
        self._left.skip(finished)
        done = f"{len(finished)} steps are done, the last was {finished[-1]}"
        say(f"going on with run {run_id}: {done} (--fresh begins anew)")

    def progress(self, done: int, total: int) -> None:
        share = done / total if total else None
        self._shown.update(self._task, completed=done, total=total, left=self._said(share))

    def _said(self, share: float | None) -> str:
        left_s = self._left.left_s(share)
        return "" if left_s is None else f"about {duration(round(left_s))} left"


@contextmanager
def training_progress(
    before: Mapping[str, float], console: Console = err
) -> Iterator[TrainingProgress]:
    """A line on `console` while it is a terminal that a person watches."""
    watched = console.is_terminal and not os.environ.get("CI")
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[left]}"),
        console=console,
        transient=True,
        disable=not watched,
    ) as shown:
        yield TrainingProgress(shown, TimeLeft(before))
