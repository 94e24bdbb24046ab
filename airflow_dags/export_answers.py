"""
Write what a server would answer all users of a tenant, as Parquet, wherever the tenant wants it.

By hand, over Airflow's REST, or from a DAG of one's own: it has no schedule. Killed, it goes on
where it was.
"""

from datetime import datetime

from airflow.sdk import DAG, Param

from airflow_dags.commands import export
from airflow_dags.jobs.job import job

with DAG(
    "export_answers",
    schedule=None,
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - Airflow reads it in UTC
    catchup=False,
    params={
        "tenant": Param("shop", type="string", minLength=1),
        "output": Param("s3://bucket/for-you", type="string", minLength=1),
        "placement": Param("for_you", type="string", minLength=1),
    },
    tags=["recommender"],
    doc_md=__doc__,
):
    names = ("tenant", "output", "placement")
    job("export", export, {name: f"{{{{ params.{name} }}}}" for name in names}, size="large")
