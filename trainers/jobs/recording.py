"""
What is kept of a run, whatever becomes of it: its beginning, its steps, and why it ended.
"""

import hashlib
import json
import socket
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from typing import Any

from pydantic import BaseModel

from recommender_store.artifacts.manifest import FORMAT
from recommender_store.author import Author
from recommender_store.errors import RevisionConflict, StoreError
from recommender_store.runs.record import Resumption, Run, RunKind, Status, Step
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.settings import TenantSettings
from trainers.errors import DataRefused, OptionsDiffer, Refusal, RunTakenOver, TrainerError

from .options import TrainOptions

ENDED: frozenset[Status] = frozenset(
    {"promoted", "published", "refused", "dry", "measured", "cancelled"}
)
"""A run that ended like this is not gone on with; one that failed may be."""

WHEN_AND_WHERE = ("schedule", "resources", "canary")
"""Settings of a training that change nothing of what it makes."""

OUT_OF_MEMORY = (
    "memory ran out: give the machine or the container more, or train on less "
    "(training.window_days)"
)


def asked_sha256(options: BaseModel, settings: TenantSettings) -> str:
    """A digest of all that decides what a training makes of a log."""
    made_of = settings.model_dump(mode="json", include={"training", "gate", "checks"})
    for name in WHEN_AND_WHERE:
        del made_of["training"][name]
    asked = {
        "options": options.model_dump(mode="json"),
        "settings": made_of,
        "code": package_version("recommender-platform"),
        "writes": FORMAT,
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def check_options(run: Run, options: TrainOptions) -> None:
    """
    Raises:
        OptionsDiffer: where earlier steps of the run were run with others.
    """
    asked = options.model_dump(mode="json")
    differing = [name for name in asked if run.options.get(name) != asked[name]]
    if run.steps and differing:
        raise OptionsDiffer(
            run_id=run.run_id,
            begun_with=", ".join(f"{name}={run.options.get(name)!r}" for name in differing),
            asked=", ".join(f"{name}={asked[name]!r}" for name in differing),
        )


_TRIES = 50
"""So often in a row a step that is run beside may have been faster."""


class Recording:
    """
    A run's record under way. Each revision follows the one before, or somebody took it over.

    Of a run whose steps an orchestrator runs, several may be under way at once: each adds what it
    did to what the others have added.
    """

    def __init__(self, space: TenantSpace, run: Run, number: int) -> None:
        self.run = run
        self._space = space
        self._number = number

    @classmethod
    def begin(
        cls,
        space: TenantSpace,
        run_id: str,
        options: BaseModel,
        asked: str,
        *,
        stepwise: bool = False,
        kind: RunKind = "training",
    ) -> "Recording":
        """A run that begins, or goes on after what went wrong."""
        known, number = space.runs.newest(run_id)
        now = datetime.now(UTC)
        run = known or Run(run_id=run_id, kind=kind, started_at=now, is_stepwise=stepwise)
        recording = cls(space, run, number)
        again = Resumption(at=now, origin=socket.gethostname(), during=run.under_way)
        is_resumed = known is not None and known.status != "queued" and not stepwise
        recording.save(
            status="running",
            resumed=(*run.resumed, again) if is_resumed else run.resumed,
            options=options.model_dump(mode="json"),
            asked_sha256=asked,
            under_way=None,
            ended_at=None,
            code=None,
            sentence=None,
        )
        return recording

    def keep_steps(self, steps: Sequence[Step]) -> None:
        """These count; others that the record names are to be run again."""
        lost = {one.name for one in self.run.steps} - {one.name for one in steps}
        if lost:
            self._save(
                lambda run: {"steps": tuple(one for one in run.steps if one.name not in lost)}
            )

    def begin_step(self, name: str) -> None:
        self.save(under_way=name)

    def end_step(self, step: Step) -> None:
        result = step.result
        self._save(
            lambda run: {
                "steps": _with(run.steps, step),
                "under_way": None,
                "version": result.get("version", run.version),
                "artifact_sha256": result.get("artifact_sha256", run.artifact_sha256),
            }
        )

    def end(
        self,
        status: Status,
        code: str | None = None,
        sentence: str | None = None,
        **more: Any,
    ) -> None:
        self.save(status=status, code=code, sentence=sentence, ended_at=datetime.now(UTC), **more)

    def refuse(self, refusal: Refusal, step: Step | None) -> None:
        """
        End it as refused, for the refusal's reason.

        With what the refusing step found, in one write: a run is never seen to have passed it.
        """
        more: dict[str, Any] = {"under_way": None}
        if step is not None:
            more |= {"steps": _with(self.run.steps, step)}
            for name in ("version", "artifact_sha256"):
                more |= {name: step.result[name]} if name in step.result else {}
        reason = refusal.reason if isinstance(refusal, DataRefused) else refusal.code
        self.end("refused", reason, str(refusal), **more)

    def fail(self, error: BaseException) -> None:
        """Keep it as failed with a code; what cannot be kept is noted on the error itself."""
        code, sentence = "unexpected", f"{type(error).__name__}: {error}"
        if isinstance(error, (TrainerError, StoreError)):
            code, sentence = error.code, str(error)
        if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException":
            code, sentence = "out_of_memory", f"{OUT_OF_MEMORY} ({type(error).__name__}: {error})"
        if isinstance(error, KeyboardInterrupt):
            code, sentence = "interrupted", "the training was interrupted"
        try:
            self.end("failed", code, sentence)
        except (StoreError, RunTakenOver) as second:
            error.add_note(f"The run {self.run.run_id} could not be kept as failed: {second}")

    def save(self, **changes: Any) -> None:
        """
        Raises:
            RunTakenOver: where another process goes on with the run.
        """
        self._save(lambda _: changes)

    def _save(self, changes: Callable[[Run], dict[str, Any]]) -> None:
        run_id = self.run.run_id
        author = Author(by=f"run:{run_id}", origin=socket.gethostname())
        for _ in range(_TRIES):
            run = self.run.model_copy(update=changes(self.run))
            try:
                self._number = self._space.runs.save(run, author, expected=self._number)
            except RevisionConflict as error:
                newest, self._number = self._space.runs.newest(run_id)
                if newest is None or not newest.is_stepwise or newest.status in ENDED:
                    raise RunTakenOver(run_id=run_id) from error
                self.run = newest
            else:
                self.run = run
                return
        raise RunTakenOver(run_id=run_id)


def _with(steps: Sequence[Step], step: Step) -> tuple[Step, ...]:
    return (*(done for done in steps if done.name != step.name), step)
