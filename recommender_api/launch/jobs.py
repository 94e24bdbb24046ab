"""
Runs that somebody asked for: begun through the launcher, followed, cancelled.

The record of the run, in the store, is what is told. Where its process is gone and the record does
not say how it ended, whoever looks next writes that down, after the record as it was: a process
that lives after all is told at its next step.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from recommender_api.exchange.onward import traceparent_of_now
from recommender_store.author import Author
from recommender_store.errors import RevisionConflict
from recommender_store.runs.launches import Held
from recommender_store.runs.pulse import BEAT_S, is_alive
from recommender_store.runs.record import UNDER_WAY, Launched, Run, RunKind, new_run_id
from recommender_store.tenant_space import TenantSpace

from .errors import JobRunning, LauncherAbsent, LaunchFailed, RunEnded
from .protocol import Launcher, Order, Sighting

BEGINS_WITHIN = timedelta(seconds=60)
"""From taking a place to a record: longer, and whoever took it has died."""

_CANCEL_TRIES = 5
_KILLED = 128
_SIGKILL = 9


class Jobs:
    """Those of a process' tenants, over one launcher."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher

    def start(
        self,
        space: TenantSpace,
        kind: RunKind,
        options: dict[str, Any],
        arguments: Callable[[str], tuple[str, ...]],
        author: Author,
    ) -> Run:
        """
        A run that waits for its process to begin.

        `options` is what was asked, for the record; `arguments` are those of the command line,
        made of the run's id.

        Raises:
            JobRunning: where one of the kind is under way.
            LaunchFailed, LauncherAbsent: the run is kept as failed, or there is none.
        """
        launcher = self._launcher
        run_id = new_run_id()
        self._take_place(space, kind, run_id, author)
        launched = Launched(launcher=launcher.name, origin=launcher.origin, by=author.by)
        run = Run(
            run_id=run_id,
            kind=kind,
            status="queued",
            started_at=datetime.now(UTC),
            options=options,
            launched=launched,
        )
        number = space.runs.save(run, author, expected=0)
        try:
            launcher.start(_order(space, run_id, arguments(run_id)))
        except (LaunchFailed, LauncherAbsent) as error:
            _end(space, run, number, author, "failed", (error.code, str(error)))
            raise
        return run

    def followed(self, space: TenantSpace, run: Run) -> Run:
        """The run as it is, its end written down where its process is gone."""
        return self._seen(space, run)[0] if run.status in UNDER_WAY else run

    def told(self, space: TenantSpace, run_id: str) -> tuple[Run, Sighting]:
        """
        The run as it is, and what is seen of its process.

        Raises:
            RunUnknown: where there is no such run.
        """
        return self._seen(space, space.runs.get(run_id))

    def cancel(
        self, space: TenantSpace, run_id: str, author: Author, tries: int = _CANCEL_TRIES
    ) -> Run:
        """
        Ended in the record first, so that no later step begins; then the process.

        Raises:
            RunUnknown: where there is no such run.
            RunEnded: where there is nothing to cancel.
            RevisionConflict: where it moved on time after time meanwhile.
        """
        self.followed(space, space.runs.get(run_id))
        run, number = space.runs.newest(run_id)
        if run is None or run.status not in UNDER_WAY:
            raise RunEnded(run_id, run.status if run else "gone")
        reason = ("cancelled", f"{author.by} cancelled it")
        try:
            ended = _end(space, run, number, author, "cancelled", reason)
        except RevisionConflict:
            if tries == 1:
                raise
            return self.cancel(space, run_id, author, tries - 1)
        if self._is_ours(ended):
            self._launcher.cancel(space.tenant_id, run_id)
        return ended

    def _seen(self, space: TenantSpace, run: Run) -> tuple[Run, Sighting]:
        if not self._is_ours(run):
            return run, Sighting("unknown")
        sighting = self._launcher.look(space.tenant_id, run.run_id)
        if run.status not in UNDER_WAY or sighting.state in {"running", "unseen"}:
            return run, sighting
        newest, number = space.runs.newest(run.run_id)  # it may have ended while it was looked at
        if newest is None or newest.status not in UNDER_WAY:
            return newest or run, sighting
        if sighting.state == "unknown" and _may_be_on_its_way(newest):
            return run, sighting
        author = Author(by=f"launcher:{self._launcher.name}", origin=self._launcher.origin)
        try:
            return _end(space, newest, number, author, "failed", _why(sighting)), sighting
        except RevisionConflict:
            return space.runs.get(run.run_id), sighting

    def _is_ours(self, run: Run) -> bool:
        return run.launched is not None and run.launched.origin == self._launcher.origin

    def _take_place(self, space: TenantSpace, kind: RunKind, run_id: str, author: Author) -> None:
        held = space.launches.held(kind)
        self._check_free(space, kind, held)
        try:
            space.launches.take(kind, run_id, author, after=held)
        except RevisionConflict as error:
            raise JobRunning(kind, space.launches.held(kind).run_id or "") from error

    def _check_free(self, space: TenantSpace, kind: RunKind, held: Held) -> None:
        holder = space.runs.find(held.run_id) if held.run_id else None
        if holder is not None and self.followed(space, holder).status in UNDER_WAY:
            raise JobRunning(kind, holder.run_id)
        if holder is None and held.run_id and datetime.now(UTC) - held.taken_at < BEGINS_WITHIN:
            raise JobRunning(kind, held.run_id)
        newest = next((run for run in space.runs.newest_first() if run.kind == kind), None)
        if newest is None or newest.launched is not None or newest.status not in UNDER_WAY:
            return
        if is_alive(space.runs.files(newest.run_id), BEAT_S + 2):  # somebody runs it at a terminal
            raise JobRunning(kind, newest.run_id)


def _order(space: TenantSpace, run_id: str, arguments: tuple[str, ...]) -> Order:
    resources = space.settings().training.resources
    return Order(space.tenant_id, run_id, arguments, resources, traceparent_of_now())


def _may_be_on_its_way(run: Run) -> bool:
    return datetime.now(UTC) - run.started_at < BEGINS_WITHIN


def _end(
    space: TenantSpace, run: Run, number: int, author: Author, status: Any, why: tuple[str, str]
) -> Run:
    code, sentence = why
    now = datetime.now(UTC)
    changes = {"status": status, "code": code, "sentence": sentence, "ended_at": now}
    ended = run.model_copy(update=changes)
    space.runs.save(ended, author, expected=number)
    return ended


def _why(sighting: Sighting) -> tuple[str, str]:
    """A code and a sentence for a process that went without a word in the record."""
    if sighting.reason is not None:
        return sighting.reason
    code = sighting.exit_code
    if code is None:
        gone = "the machine was restarted, or the process was ended with all around it"
        return "job_died", f"its process is gone and nobody saw it end: {gone}; start it again"
    if code == _KILLED + _SIGKILL:
        return "job_killed", (
            "its process was killed (signal 9), as the kernel does where memory runs out: give it "
            "more, or train on less (training.window_days), then start it again"
        )
    if code > _KILLED:
        return "job_killed", f"its process was ended by signal {code - _KILLED}; start it again"
    said = next((line for line in reversed(sighting.log) if line.strip()), "it said nothing")
    return "job_failed", f"its process ended with {code}: {said[:500]}"
