"""
What a run that has ended tells: its report beside its record, and a tracking server that is named.

Nothing here fails a training: what goes wrong is a warning in the run's record.
"""

import socket
from itertools import islice

import structlog

from recommender_store.author import Author
from recommender_store.errors import StoreError
from recommender_store.runs.record import Run
from recommender_store.tenant_space import TenantSpace
from trainers.evaluation.report.page import render

from .tracking import track

_log = structlog.get_logger()

BEFORE = 30
"""So many earlier runs are drawn beside a run."""


def report_of(space: TenantSpace, run: Run) -> str:
    """The run's page, made from its record and those of the runs before it."""
    before = (
        one
        for one in space.runs.newest_first()
        if one.kind == "training" and one.run_id < run.run_id
    )
    return render(space.tenant_id, run, list(islice(before, BEFORE))[::-1])


def tell(space: TenantSpace, run: Run, tracking_uri: str | None) -> Run:
    """Returns the run with its warnings."""
    try:
        page = report_of(space, run)
        warning = track(space.tenant_id, run, page, tracking_uri) if tracking_uri else None
        if warning is not None:
            _log.warning("tracking_failed", run_id=run.run_id, detail=warning)
            run = run.model_copy(update={"warnings": (*run.warnings, f"mlflow: {warning}")})
            space.runs.save(run, Author(by=f"run:{run.run_id}", origin=socket.gethostname()))
            page = report_of(space, run)
        space.runs.save_report(run.run_id, page)
    except StoreError as error:
        _log.warning("report_failed", run_id=run.run_id, detail=str(error))
    return run
