"""
A training, from the log to a live model: the map of this package.

    snapshot → check → fit:similar, fit:for_you, fit:popular → measure → gate → publish

Each step reads what the earlier ones left on the workbench, so that an orchestrator may run them
one by one. What the run did, and why it ended, is kept in the store whatever happens; until the
last line of the last step the current model goes on serving.
"""

import secrets
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.errors import RevisionConflict, StoreError
from recommender_store.author import Author
from recommender_store.runs.record import Run, Step
from recommender_store.tenant_space import TenantSpace
from trainers.errors import DataRefused, Refusal, StepUnknown, TrainerError

from .fitting import fit
from .gating import judge_slots
from .measuring import measure_slots
from .options import Report, Silence, TrainOptions
from .preparing import check_data, snapshot
from .publishing import publish
from .training import Training
from .workbench import opened_workbench

STEPS: dict[str, Callable[[Training], dict[str, Any]]] = {
    "snapshot": snapshot,
    "check": check_data,
    "fit:similar": partial(fit, slot="similar"),
    "fit:for_you": partial(fit, slot="for_you"),
    "fit:popular": partial(fit, slot="popular"),
    "measure": measure_slots,
    "gate": judge_slots,
    "publish": publish,
}

_GATE_TRIES = 3


def new_run_id() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def train(
    space: TenantSpace,
    options: TrainOptions,
    cache: LocalCache,
    *,
    report: Report | None = None,
    run_id: str | None = None,
) -> Run:
    """
    Run all steps.

    Returns:
        The run: promoted, dry, or refused with its reasons (a refusal is not raised).

    Raises:
        TrainerError, StoreError: where something is wrong; the run is kept as failed.
    """
    run_id = run_id or new_run_id()
    names = [name for name in STEPS if not (options.dry_run and name == "publish")]
    return _run(space, options, cache, names, report or Silence(), run_id, keep=False)


def train_step(
    space: TenantSpace,
    options: TrainOptions,
    cache: LocalCache,
    step: str,
    *,
    report: Report | None = None,
    run_id: str,
) -> Run:
    """
    Run one step of a run whose earlier steps were run elsewhere.

    Raises:
        StepUnknown, StepMissing, and what `train` raises.
    """
    if step not in STEPS:
        raise StepUnknown(step=step, known=list(STEPS))
    return _run(space, options, cache, [step], report or Silence(), run_id, keep=True)


def _run(
    space: TenantSpace,
    options: TrainOptions,
    cache: LocalCache,
    names: list[str],
    report: Report,
    run_id: str,
    *,
    keep: bool,
) -> Run:
    run = _begun(space, run_id, options)
    try:
        with opened_workbench(run_id, space.runs.files(run_id) if keep else None) as bench:
            training = Training(space, space.settings(), options, cache, bench, report)
            for name in names:
                training.durations_s = {step.name: step.duration_s for step in run.steps}
                run = _advance(run, name, training)
                _save(space, run)
    except Refusal as refusal:
        reason = refusal.reason if isinstance(refusal, DataRefused) else refusal.code
        run = _ended(run, "refused", reason, str(refusal))
    except (TrainerError, StoreError) as error:
        _save(space, _ended(run, "failed", error.code, str(error)))
        raise
    else:
        if names[-1] == "publish":
            run = _ended(run, "promoted", None, None)
        elif options.dry_run and names[-1] == "gate":
            run = _ended(run, "dry", None, "nothing was published: this was a dry run")
    _save(space, run)
    return run


def _advance(run: Run, name: str, training: Training) -> Run:
    """Run one step; a lost race at publishing measures and gates against the new current model."""
    training.report.step(name)
    started = time.perf_counter()
    for _ in range(_GATE_TRIES - 1):
        try:
            result = STEPS[name](training)
            break
        except RevisionConflict:
            if name != "publish":
                raise
            measure_slots(training)
            judge_slots(training)
    else:
        result = STEPS[name](training)
    step = Step(name=name, duration_s=round(time.perf_counter() - started, 3), result=result)
    others = tuple(done for done in run.steps if done.name != name)
    return run.model_copy(
        update={"steps": (*others, step), "version": result.get("version", run.version)}
    )


def _begun(space: TenantSpace, run_id: str, options: TrainOptions) -> Run:
    known = space.runs.find(run_id)
    if known is not None:
        return known.model_copy(update={"status": "running", "ended_at": None})
    run = Run(run_id=run_id, started_at=datetime.now(UTC), options=options.model_dump(mode="json"))
    _save(space, run)
    return run


def _ended(run: Run, status: str, code: str | None, sentence: str | None) -> Run:
    return run.model_copy(
        update={
            "status": status,
            "code": code,
            "sentence": sentence,
            "ended_at": datetime.now(UTC),
        }
    )


def _save(space: TenantSpace, run: Run) -> None:
    space.runs.save(run, Author(by=f"run:{run.run_id}", origin=socket.gethostname()))
