"""
Train every tenant whose schedule has passed since its last training, each apart from the others.

A quarter of an hour between looks. A tenant's training is a chain of steps, each a command line; a
refusal of the data or the gate skips the rest of its chain with the reason, a failure fails it, and
the model that is live goes on serving in both cases. Publishing is the last step: what passed the
gate goes live there, and nowhere else.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from airflow.sdk import DAG, Param, chain, task, task_group

from airflow_dags.commands import FITS, STEPS_AFTER, STEPS_BEFORE, due, step
from airflow_dags.jobs.job import job
from airflow_dags.pod import SIZES

RUNS_AT_ONCE = 32
"""A slow tenant must not keep the next look from happening: eight hours of looks."""


@task
def of_size(told: dict[str, Any], size: str) -> list[dict[str, str]]:
    """The tenants of one size among those that are due."""
    return [
        {"tenant": one["tenant"], "run_id": one["run_id"]}
        for one in told["due"]
        if one["resources"] == size
    ]


def trained(size: str, orders: Any) -> None:
    """A chain of steps for each order."""

    def one(name: str, order: Any) -> Any:
        command = partial(step, name=name, size=size, threads=SIZES[size].cpus)
        return job(
            name.replace(":", "_"),
            command,
            order,
            size=size,
            tells="little",
            map_index_template="{{ task.order['tenant'] }}",
        )

    @task_group(group_id=f"train_{size}")
    def steps(order: Any) -> None:
        before = [one(name, order) for name in STEPS_BEFORE]
        fits = [one(name, order) for name in FITS]
        after = [one(name, order) for name in STEPS_AFTER]
        chain(*before, fits, *after)

    steps.expand(order=orders)


with DAG(
    "train_tenants",
    schedule="*/15 * * * *",
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - Airflow reads it in UTC
    catchup=False,
    max_active_runs=RUNS_AT_ONCE,
    dagrun_timeout=timedelta(days=2),
    params={
        "limit": Param(1000, type="integer", minimum=1, maximum=1000, description="Tenants a look.")
    },
    tags=["recommender"],
    doc_md=__doc__,
):
    looked = {"claim": "{{ run_id }}", "limit": "{{ params.limit }}"}
    told = job("list_due", due, looked, tells="much")
    for size in SIZES:
        trained(size, of_size.override(task_id=f"due_{size}")(told.output, size))
