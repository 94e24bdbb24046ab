"""
A training, from the log to a live model: the map of this package.

    snapshot → check → fit:<slot> … → measure → gate → publish

Each step reads what the earlier ones left on the workbench, so that an orchestrator may run them
one by one. What the run did, and why it ended, is kept in the store whatever happens; until the
last line of the last step the current model goes on serving.
"""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.errors import RevisionConflict
from recommender_store.runs.record import Run, Step
from recommender_store.tenant_space import TenantSpace
from trainers.errors import Refusal, StepUnknown

from .fitting import fit
from .gating import judge_slots
from .measuring import measure_slots
from .options import Report, Silence, TrainOptions
from .preparing import check_data, snapshot
from .publishing import publish
from .recording import ENDED, begin, check_options, end, fail, refuse, save
from .training import Order, Training
from .workbench import opened_workbench

STEPS: dict[str, Callable[[Training], dict[str, Any]]] = {
    "snapshot": snapshot,
    "check": check_data,
    "fit:similar": partial(fit, slot="similar"),
    "fit:for_you": partial(fit, slot="for_you"),
    "fit:popular": partial(fit, slot="popular"),
    "fit:bought_together": partial(fit, slot="bought_together"),
    "fit:next": partial(fit, slot="next"),
    "fit:content": partial(fit, slot="content"),
    "fit:trending": partial(fit, slot="trending"),
    "measure": measure_slots,
    "gate": judge_slots,
    "publish": publish,
}

_GATE_TRIES = 3
"""So often in a row another promotion may come first."""


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
    order = Order(space, space.settings(), options, cache, report or Silence())
    run = begin(space, run_id or new_run_id(), options)
    names = [name for name in STEPS if not (options.dry_run and name == "publish")]
    return _run(order, run, names, keep=False)


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

    A run that has ended is given back as it is, so that a step may be tried again without harm.

    Raises:
        StepUnknown, StepMissing, OptionsDiffer, and what `train` raises.
    """
    if step not in STEPS:
        raise StepUnknown(step=step, known=list(STEPS))
    order = Order(space, space.settings(), options, cache, report or Silence())
    known = space.runs.find(run_id)
    if known is not None and known.status in ENDED:
        return known
    if known is not None:
        check_options(known, options)
    run = _run(order, begin(space, run_id, options), [step], keep=True)
    if run.status in ENDED:
        space.runs.files(run_id).discard()
    return run


def _run(order: Order, run: Run, names: list[str], *, keep: bool) -> Run:
    space = order.space
    kept = space.runs.files(run.run_id) if keep else None
    try:
        with opened_workbench(run.run_id, kept) as bench:
            training = Training(order, bench)
            training.check_recipes()
            for name in names:
                run = _advance(run, name, training)
        return _ending(order, run, names[-1])
    except Refusal as refusal:
        return refuse(space, space.runs.get(run.run_id), refusal)
    except (Exception, KeyboardInterrupt) as error:
        fail(space, run, error)
        raise


def _ending(order: Order, run: Run, last: str) -> Run:
    if last == "publish":
        return end(order.space, run, "promoted")
    if last == "gate" and order.options.dry_run:
        sentence = "nothing was published: this was a dry run"
        return end(order.space, run, "dry", None, sentence)
    return run


def _advance(run: Run, name: str, training: Training) -> Run:
    """Run one step; a race lost at publishing is run again against the new current model."""
    for _ in range(_GATE_TRIES - 1):
        try:
            return _step(run, name, training)
        except RevisionConflict:
            if name != "publish":
                raise
            run = _step(run, "measure", training)
            run = _step(run, "gate", training)
    return _step(run, name, training)


def _step(run: Run, name: str, training: Training) -> Run:
    training.begin_step(name, {step.name: step.duration_s for step in run.steps})
    started = time.perf_counter()
    try:
        result = STEPS[name](training)
    except Refusal as refusal:
        if refusal.result:
            _keep(run, name, time.perf_counter() - started, refusal.result, training)
        raise
    return _keep(run, name, time.perf_counter() - started, result, training)


def _keep(run: Run, name: str, took_s: float, result: dict[str, Any], training: Training) -> Run:
    step = Step(name=name, duration_s=round(took_s, 3), result=result)
    others = tuple(done for done in run.steps if done.name != name)
    version = result.get("version", run.version)
    run = run.model_copy(update={"steps": (*others, step), "version": version})
    save(training.order.space, run)
    return run
