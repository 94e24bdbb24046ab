"""
Tend the store, every night: pack the log, erase whom the API was asked to erase, let go what
retention lets go, and hold every digest to what was written.

One after the other, and none waits for the others to go well: what is wrong with one tenant is told
and keeps nothing else back. Nothing is tried again before the next night: damage stays damage.
"""

from datetime import datetime

from airflow.sdk import DAG

from airflow_dags.commands import check, compact, erase, prune
from airflow_dags.jobs.job import job

ORDER = {"compact": compact, "erase": erase, "prune": prune, "check": check}

with DAG(
    "tend_store",
    schedule="7 2 * * *",
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - Airflow reads it in UTC
    catchup=False,
    max_active_runs=1,
    max_active_tasks=1,
    tags=["recommender"],
    doc_md=__doc__,
):
    for at, (name, command) in enumerate(ORDER.items()):
        job(name, command, size="medium", retries=0, priority_weight=len(ORDER) - at)
