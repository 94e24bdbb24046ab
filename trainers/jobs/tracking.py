"""
A run in MLflow, for teams that look at trainings there: parameters, figures, tags, report.

MLflow is an optional extra. Whatever is wrong with it or its server is returned as a sentence.
"""

import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from recommender_store.runs.record import Run
from trainers.evaluation.report.results import measured_slots, result_of, verdicts

_PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
"""A training that has ended does not wait minutes for a server that is down."""

_PARAMETER_LIMIT = 500  # characters; what older servers take


def track(tenant: str, run: Run, page: str, uri: str) -> str | None:
    """Log a run into the experiment `recommender/<tenant>`; why it could not be, or None."""
    for name, value in _PATIENCE.items():
        os.environ.setdefault(name, value)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _log_run(tenant, run, page, uri)
    except ImportError as error:
        return f"not installed ({error.name}): pip install 'recommender-platform[mlflow]'"
    except Exception as error:  # noqa: BLE001 - the edge to somebody else's service: it fails no training
        return f"{type(error).__name__}: {_without_password(str(error), uri)}"
    return None


def _without_password(said: str, uri: str) -> str:
    """The first line of what went wrong: it is kept, and the address may hold a password."""
    who = urlsplit(uri).netloc.rpartition("@")[0]
    for secret in filter(None, (uri, who, who.partition(":")[2])):
        said = said.replace(secret, "…")
    return said.partition("\n")[0][:300]


def _log_run(tenant: str, run: Run, page: str, uri: str) -> None:
    from mlflow import MlflowClient

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    client = MlflowClient(tracking_uri=uri)
    experiment = _experiment(client, f"recommender/{tenant}")
    tags = {"mlflow.runName": run.run_id, "tenant": tenant, "version": run.version or ""}
    tags |= {"status": run.status, "artifact_sha256": run.artifact_sha256 or ""}
    started_ms = round(run.started_at.timestamp() * 1000)
    logged = client.create_run(experiment, start_time=started_ms, tags=tags).info.run_id
    for name, value in _parameters(run):
        client.log_param(logged, name, value[:_PARAMETER_LIMIT])
    for name, figure in _figures(run):
        client.log_metric(logged, name, figure)
    client.log_text(logged, page, "report.html")
    client.set_terminated(logged, "FAILED" if run.status == "failed" else "FINISHED")


def _experiment(client: Any, name: str) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    try:
        return str(client.create_experiment(name))
    except MlflowException:
        # Another training of the tenant came first.
        return str(client.get_experiment_by_name(name).experiment_id)


def _parameters(run: Run) -> Iterator[tuple[str, str]]:
    for name, value in run.options.items():
        yield f"option.{name}", str(value)
    for step in run.steps:
        if "recipe" in step.result:
            slot = step.name.removeprefix("fit:")
            yield f"{slot}.recipe", str(step.result["recipe"])
            for name, value in (step.result.get("parameters") or {}).items():
                yield f"{slot}.{name}", str(value)
    yield "dataset", str(result_of(run, "snapshot").get("fingerprint", ""))


def _figures(run: Run) -> Iterator[tuple[str, float]]:
    """Spelt as MLflow takes them: it knows no `@`."""
    for name in ("events", "users", "items", "pairs"):
        if name in (seen := result_of(run, "snapshot")):
            yield f"data.{name}", float(seen[name])
    for slot, found in measured_slots(run).items():
        for who in ("model", "popularity", "current"):
            yield from _numbers(f"{slot}.{who}", found.get(who) or {})
    for slot, verdict in verdicts(run).items():
        yield f"{slot}.passed", float(verdict["passed"])
    for step in run.steps:
        name = step.name.replace(":", ".")
        yield f"duration_s.{name}", step.duration_s
        if step.peak_mb is not None:
            yield f"peak_mb.{name}", step.peak_mb


def _numbers(prefix: str, figures: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in figures.items():
        if isinstance(value, (int, float)):
            yield f"{prefix}.{name.replace('@', '_at_')}", float(value)
