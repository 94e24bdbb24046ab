"""
`recommender train`: from the log to a live model, or to the reasons why not.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from .job_trace import job_trace
from .options import AsJson, Engine, Tenant
from .output import DONE, REFUSED, emit, say, write
from .run_summary import summary
from .step_told import told_of
from .stores import opened
from .training_progress import durations_before, training_progress

if TYPE_CHECKING:
    from recommender_store.runs.record import Run


def train(
    tenant: Tenant,
    recipe: Annotated[
        list[str], typer.Option(help="A recipe, or slot=recipe; may be repeated.")
    ] = [],
    engine: Engine = "local",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Stop after the gate.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Where chance begins.")] = 0,
    threads: Annotated[int, typer.Option(min=0, help="0: all cores.")] = 0,
    run: Annotated[str, typer.Option(help="The run that a step belongs to.")] = "",
    step: Annotated[
        str,
        typer.Option(help="One step of a run: snapshot, check, fit:SLOT, measure, gate, publish."),
    ] = "",
    force_checks: Annotated[
        str | None, typer.Option(help="Why to train on data that a check refuses; it is kept.")
    ] = None,
    promote_despite: Annotated[
        str | None, typer.Option(help="Why slots that the gate refuses go live; it is kept.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew, whatever a killed training left.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="Where to write what an orchestrator is to know of it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Train a tenant's models; what passes the gate goes live.

    A training that was killed is gone on with behind its last finished step.

    Exit 0: live (or a dry run, or a step that went well); 3: the data or the gate said no.

    Example: recommender train --tenant shop --recipe for_you=als
    """
    from trainers.jobs.options import TrainOptions
    from trainers.jobs.train import STEPS, train_step
    from trainers.jobs.train import train as run_all

    _check_step(step, run, tuple(STEPS))
    _check_reasons({"--force-checks": force_checks, "--promote-despite": promote_despite})
    options = TrainOptions(
        recipes=tuple(recipe),
        engine=engine,
        seed=seed,
        threads=threads,
        dry_run=dry_run,
        force_checks=force_checks,
        promote_despite=promote_despite,
        fresh=fresh,
        tracking_uri=os.environ.get("MLFLOW_TRACKING_URI") or None,
    )
    store = opened()
    space = store.tenant(tenant)
    with (
        training_progress(durations_before(space)) as shown,
        job_trace("train", tenant=tenant, run=run, step=step) as trace,
    ):
        report = trace.over(shown)
        if step:
            ended = train_step(space, options, store.cache, step, report=report, run_id=run)
        else:
            ended = run_all(space, options, store.cache, report=report, run_id=run or None)
    if output is not None and ended.status != "refused":
        with output.open("w", encoding="utf-8") as file:
            write(told_of(ended, tenant, step), file)
    _end(ended, tenant, as_json=as_json)


def _end(ended: "Run", tenant: str, *, as_json: bool) -> NoReturn:
    document = ended.model_dump(mode="json")
    emit(document, as_json=as_json, lines=[*summary(document), _where(tenant)])
    if ended.status == "refused":
        say(f"refused: {ended.sentence} [{ended.code}]")
    raise typer.Exit(REFUSED if ended.status == "refused" else DONE)


def _check_step(step: str, run: str, steps: Sequence[str]) -> None:
    if step and step not in steps:
        raise typer.BadParameter(f"the steps are {', '.join(steps)}", param_hint="--step")
    if step and not run:
        raise typer.BadParameter("a step belongs to a run: name it", param_hint="--run")


def _check_reasons(reasons: Mapping[str, str | None]) -> None:
    for name, reason in reasons.items():
        if reason is not None and not reason.strip():
            raise typer.BadParameter("say why: the reason is kept", param_hint=name)


def _where(tenant: str) -> str:
    return f"all of it, drawn: recommender runs report --tenant {tenant} --output report.html"
