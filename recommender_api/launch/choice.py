"""
From `RECOMMENDER_LAUNCHER` to the launcher of a process, and what its jobs are told of the store.
"""

import os
from collections.abc import Mapping
from typing import Literal

from recommender_store.settings import StoreSettings

from .absent import Absent
from .airflow_runs.launcher import AirflowRuns
from .airflow_runs.settings import VARIABLES, AirflowSettings
from .local_processes import LocalProcesses
from .protocol import Launcher

LauncherName = Literal["local", "kubernetes", "airflow"]

_KEPT_TO_THE_SERVER = (
    *("RECOMMENDER_ADMIN_TOKEN", "RECOMMENDER_REDIS_URL"),
    *VARIABLES.values(),
)
"""A job has no use for them, and what it has it might say."""


def chosen_launcher(
    name: LauncherName, store: StoreSettings, environment: Mapping[str, str] = os.environ
) -> Launcher:
    if name == "kubernetes":
        reason = (
            f"RECOMMENDER_LAUNCHER={name} is reserved and not there yet; set it to local, or run "
            "`recommender train` where jobs run"
        )
        return Absent(name, reason)
    if store.url.startswith("memory:"):
        return Absent(name, "this store lies in the server's memory; use a folder or a bucket")
    if name == "airflow":
        return _airflow(environment)
    return LocalProcesses(store.launch_folder(), _told(store, environment))


def _airflow(environment: Mapping[str, str]) -> Launcher:
    try:
        return AirflowRuns(AirflowSettings.from_environment(environment))
    except ValueError as error:
        return Absent("airflow", f"RECOMMENDER_LAUNCHER=airflow: {error}")


def _told(store: StoreSettings, environment: Mapping[str, str]) -> dict[str, str]:
    told = {name: one for name, one in environment.items() if name not in _KEPT_TO_THE_SERVER}
    told |= {
        "RECOMMENDER_STORE_URL": store.place,
        "RECOMMENDER_CACHE_DIR": str(store.cache_folder()),
        "RECOMMENDER_LOG_FORMAT": "json",
    }
    if store.secret_key:
        told["RECOMMENDER_SECRET_KEY"] = store.secret_key
    return told
