"""
A training, from the log to a live model: the map of this package.

    snapshot → check → fit:<slot> … → measure → gate → publish

Each step reads what the earlier ones left on the workbench, so that an orchestrator may run them
one by one, and a training that was killed goes on behind the last step that it finished. What the
run did, and why it ended, is kept in the store whatever happens; until the last line of the last
step the current model goes on serving.
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.canaries.canary import canary_of
from recommender_store.errors import RevisionConflict
from recommender_store.runs.pulse import beating
from recommender_store.runs.record import Run, Step, new_run_id
from recommender_store.tenant_space import TenantSpace
from trainers.errors import QuotaRefused, Refusal, RunTakenOver, StepUnknown

from .engines import opened_engine
from .fitting import fit
from .footprint import Footprint
from .gating import judge_slots
from .measuring import measure_slots
from .options import Report, Silence, TrainOptions
from .preparing import check_data, snapshot
from .publishing import publish
from .quotas import check_may_begin
from .recording import ENDED, Recording, asked_sha256, check_options
from .resuming import unfinished
from .telling import tell
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


def train(
    space: TenantSpace,
    options: TrainOptions,
    cache: LocalCache,
    *,
    report: Report | None = None,
    run_id: str | None = None,
) -> Run:
    """
    Run all steps; where a run that was asked the same has died, those that it did not finish.

    Returns:
        The run: promoted, published (a canary decides), dry, or refused with its reasons (a
        refusal is not raised).

    Raises:
        TrainerError, StoreError: where something is wrong; the run is kept as failed.
    """
    order = Order(space, space.settings(), options, cache, report or Silence())
    asked = asked_sha256(options, order.settings)
    if run_id is None and not options.fresh:
        run_id = unfinished(space, asked, timedelta(hours=order.settings.training.resume_hours))
    run_id = run_id or new_run_id()
    known = space.runs.find(run_id)
    if known is not None and known.status in ENDED:
        return known
    if known is not None:
        check_options(known, options)
    finished = known.steps if known is not None and known.asked_sha256 == asked else ()
    recording = Recording.begin(space, run_id, options, asked, stepwise=False)
    if _is_new(known) and not _may_begin(recording, space):
        return recording.run
    names = [name for name in STEPS if not (options.dry_run and name == "publish")]
    return _run(order, recording, names, finished)


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
    asked = asked_sha256(options, order.settings)
    recording = Recording.begin(space, run_id, options, asked, stepwise=True)
    if _is_new(known) and not _may_begin(recording, space):
        return recording.run
    return _run(order, recording, [step], recording.run.steps)


def _is_new(known: Run | None) -> bool:
    """One that is queued was asked for, and nobody has let it in yet."""
    return known is None or known.status == "queued"


def _may_begin(recording: Recording, space: TenantSpace) -> bool:
    """Whether the tenant's quotas let a new run begin; else it ends here, as refused."""
    try:
        check_may_begin(space, recording.run)
    except QuotaRefused as refusal:
        recording.refuse(refusal, None)
        return False
    return True


def _run(order: Order, recording: Recording, names: list[str], finished: Sequence[Step]) -> Run:
    """Run those of the named steps that are not finished; the last one always, it ends the run."""
    run_id = recording.run.run_id
    files = order.space.runs.files(run_id)
    try:
        with (
            beating(files),
            opened_workbench(run_id, files) as bench,
            opened_engine(order.options.engine) as engine,
        ):
            training = Training(order, bench, engine, recording.run.started_at)
            training.check_recipes()
            recording.keep_steps(bench.restore(finished))
            left = _left(recording.run, names)
            if len(left) < len(names):
                order.report.resumed(run_id, tuple(step.name for step in recording.run.steps))
            for name in left:
                _advance(recording, name, training)
        _end(order, recording, names[-1])
    except Refusal as refusal:
        if recording.run.status != "refused":
            recording.refuse(refusal, None)
    except RunTakenOver:
        raise
    except (Exception, KeyboardInterrupt) as error:
        recording.fail(error)
        tell(order.space, recording.run, order.options.tracking_uri)
        raise
    if recording.run.status not in ENDED:
        return recording.run
    files.discard()
    return tell(order.space, recording.run, order.options.tracking_uri)


def _left(run: Run, names: list[str]) -> list[str]:
    done = {step.name for step in run.steps}
    first = next((at for at, name in enumerate(names) if name not in done), len(names) - 1)
    return names[first:]


def _end(order: Order, recording: Recording, last: str) -> None:
    if last == "publish":
        _end_published(recording)
    elif last == "gate" and order.options.dry_run:
        recording.end("dry", None, "nothing was published: this was a dry run")


def _end_published(recording: Recording) -> None:
    canary = canary_of(recording.run)
    if canary is None:
        recording.end("promoted")
        return
    until = f"{canary.ends_at:%Y-%m-%d %H:%M} UTC"
    sentence = (
        f"its canary decides, by {until}: {canary.version} answers "
        f"{canary.settings.share_percent:g} % of the users on {', '.join(canary.placements)}"
    )
    recording.end("published", None, sentence)


def _advance(recording: Recording, name: str, training: Training) -> None:
    """Run one step; a race lost at publishing is run again against the new current model."""
    for _ in range(_GATE_TRIES - 1):
        try:
            return _step(recording, name, training)
        except RevisionConflict:
            if name != "publish":
                raise
            _step(recording, "measure", training)
            _step(recording, "gate", training)
    return _step(recording, name, training)


def _step(recording: Recording, name: str, training: Training) -> None:
    recording.begin_step(name)
    training.begin_step(name, {step.name: step.duration_s for step in recording.run.steps})
    started, footprint = time.perf_counter(), Footprint()
    known = {step.name: step for step in recording.run.steps}
    before = known.pop(name).outputs if name in known else {}
    inputs = {step.name: step.outputs_sha256 for step in known.values()}

    def ended(result: dict[str, Any]) -> Step:
        outputs = training.bench.keep(before)
        return Step(
            name=name,
            duration_s=round(time.perf_counter() - started, 3),
            result=result,
            cpu_s=footprint.cpu_s(),
            peak_mb=footprint.peak_mb(),
            peak_of=footprint.peak_of,
            inputs=inputs | training.inputs,
            outputs=outputs,
        )

    try:
        result = STEPS[name](training)
    except Refusal as refusal:
        recording.refuse(refusal, ended(refusal.result) if refusal.result else None)
        raise
    recording.end_step(ended(result))
