"""
What is kept of a run, whatever becomes of it: its beginning, its steps, and why it ended.
"""

import socket
from datetime import UTC, datetime

from recommender_store.author import Author
from recommender_store.errors import StoreError
from recommender_store.runs.record import Run, Status
from recommender_store.tenant_space import TenantSpace
from trainers.errors import DataRefused, OptionsDiffer, Refusal, TrainerError

from .options import TrainOptions

ENDED: frozenset[Status] = frozenset({"promoted", "refused", "dry"})
"""A run that ended like this is not gone on with; one that failed may be."""


def begin(space: TenantSpace, run_id: str, options: TrainOptions) -> Run:
    """A run that begins, or goes on after what went wrong."""
    asked = options.model_dump(mode="json")
    known = space.runs.find(run_id) or Run(run_id=run_id, started_at=datetime.now(UTC))
    run = known.model_copy(
        update={
            "status": "running",
            "options": asked,
            "ended_at": None,
            "code": None,
            "sentence": None,
        }
    )
    save(space, run)
    return run


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


def refuse(space: TenantSpace, run: Run, refusal: Refusal) -> Run:
    """End it as refused, for the refusal's reason."""
    reason = refusal.reason if isinstance(refusal, DataRefused) else refusal.code
    return end(space, run, "refused", reason, str(refusal))


def fail(space: TenantSpace, run: Run, error: BaseException) -> None:
    """Keep it as failed with a code; what cannot be kept is noted on the error itself."""
    code, sentence = "unexpected", f"{type(error).__name__}: {error}"
    if isinstance(error, (TrainerError, StoreError)):
        code, sentence = error.code, str(error)
    if isinstance(error, KeyboardInterrupt):
        code, sentence = "interrupted", "the training was interrupted"
    try:
        end(space, run, "failed", code, sentence)
    except StoreError as second:
        error.add_note(f"The run {run.run_id} could not be kept as failed either: {second}")


def end(
    space: TenantSpace,
    run: Run,
    status: Status,
    code: str | None = None,
    sentence: str | None = None,
) -> Run:
    ended = run.model_copy(
        update={
            "status": status,
            "code": code,
            "sentence": sentence,
            "ended_at": datetime.now(UTC),
        }
    )
    save(space, ended)
    return ended


def save(space: TenantSpace, run: Run) -> None:
    space.runs.save(run, Author(by=f"run:{run.run_id}", origin=socket.gethostname()))
