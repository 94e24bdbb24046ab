"""
A command line as a task: the one place that knows where jobs run.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from airflow_dags.commands import Order, Tells
from airflow_dags.pod import SIZES, pod
from airflow_dags.settings import DagSettings

SETTINGS = DagSettings.from_environment()

_RETRIES = 2


def job(
    task_id: str,
    command: Callable[[Order], list[str]],
    order: Any = None,
    *,
    size: str = "small",
    tells: Tells = "nothing",
    **more: Any,
) -> Any:
    """
    A task that runs `command` of the order, which may hold templates or be mapped.

    What the command writes to its `--output` is the task's XCom, where it `tells` anything: what is
    little a pod leaves as its last message, much is handed on by a container beside it.
    """
    given = SIZES[size]
    task = {
        "task_id": task_id,
        "command": command,
        "order": {} if order is None else order,
        "tells": tells,
        "retries": _RETRIES,
        "retry_delay": timedelta(minutes=2),
        "retry_exponential_backoff": True,
        "execution_timeout": timedelta(hours=given.hours),
    } | _pool(size)
    if SETTINGS.place == "local":
        from airflow_dags.jobs.on_this_machine import LocalJob

        return LocalJob(program=SETTINGS.words, **(task | more))
    from airflow_dags.jobs.in_a_pod import PodJob

    image = "{{ var.value.get('recommender_image', '" + SETTINGS.image + "') }}"
    return PodJob(pod=pod(SETTINGS, size, image), **(task | more))


def _pool(size: str) -> dict[str, Any]:
    if SETTINGS.pools == "by_class":
        return {"pool": f"recommender_{size}"}
    return {"pool_slots": SIZES[size].slots}
