"""
One command line of `recommender`, asked for by the API (`RECOMMENDER_LAUNCHER=airflow`).

Tried once: the record of the run, in the store, says how it ended, and whoever asked asks again.
"""

from datetime import datetime

from airflow.sdk import DAG, Param

from airflow_dags.commands import given
from airflow_dags.jobs.job import job
from airflow_dags.pod import SIZES

with DAG(
    "run_job",
    schedule=None,
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - Airflow reads it in UTC
    catchup=False,
    max_active_runs=64,
    params={
        "tenant": Param("", type="string"),
        "run_id": Param("", type="string"),
        "arguments": Param([], type="array", items={"type": "string"}),
        "resources": Param("small", type="string", enum=list(SIZES)),
        "traceparent": Param("", type="string", description="The trace that it belongs to."),
    },
    tags=["recommender"],
    doc_md=__doc__,
):
    order = {
        name: f"{{{{ params.{name} }}}}"
        for name in ("tenant", "run_id", "resources", "traceparent")
    }
    job(
        "job",
        given,
        order | {"arguments": "{{ params.arguments | tojson }}"},
        size="large",
        retries=0,
        pool_slots=1,
    )
