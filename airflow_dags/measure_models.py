"""
Measure tenants' live models on what came since they were trained, and hold the log to the one that
they were trained on: quality and drift, in a run, a report and metrics.

Nothing is trained and nothing goes live. Tenants without a model, and those of whom too little came
since, are skipped with the reason. It has no schedule: for tenants that are trained rarely.
"""

from datetime import datetime
from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task, task_group

from airflow_dags.commands import measure
from airflow_dags.jobs.job import job
from airflow_dags.pod import SIZES


@task
def asked() -> list[dict[str, str]]:
    """An order for each tenant."""
    params: Any = get_current_context()["params"]
    return [{"tenant": one, "resources": params["resources"]} for one in params["tenants"]]


@task_group
def of_tenant(order: Any) -> None:
    job("measure", measure, order, size="large")


with DAG(
    "measure_models",
    schedule=None,
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - Airflow reads it in UTC
    catchup=False,
    params={
        "tenants": Param([], type="array", items={"type": "string", "minLength": 1}, maxItems=1000),
        "resources": Param("medium", type="string", enum=list(SIZES)),
    },
    tags=["recommender"],
    doc_md=__doc__,
):
    of_tenant.expand(order=asked())
