"""
From `RECOMMENDER_LAUNCHER` to the launcher of a process, and what its jobs are told of the store.
"""

import os
from collections.abc import Mapping
from typing import Literal

from recommender_api.exchange.traceparent import VARIABLE as TRACEPARENT
from recommender_api.telemetry.spans import ENDPOINTS
from recommender_store.settings import StoreSettings

from .absent import Absent
from .airflow_runs.launcher import AirflowRuns
from .airflow_runs.settings import VARIABLES, AirflowSettings
from .errors import LauncherAbsent
from .kubernetes_jobs.launcher import KubernetesJobs
from .kubernetes_jobs.manifest import WORKING_FOLDER
from .kubernetes_jobs.settings import KubernetesSettings
from .local_processes import LocalProcesses
from .protocol import Launcher

LauncherName = Literal["local", "kubernetes", "airflow"]

_KEPT_TO_THE_SERVER = (
    *("RECOMMENDER_ADMIN_TOKEN", "RECOMMENDER_REDIS_URL", "OTEL_SERVICE_NAME", TRACEPARENT),
    *VARIABLES.values(),
)
"""A job has no use for them, and what it has it might say; or they are the server's own."""

_TOLD_ELSEWHERE = (
    *("RECOMMENDER_CACHE_BYTES", "RECOMMENDER_RESTORE_DAYS", "RECOMMENDER_S3_ENDPOINT"),
    *("RECOMMENDER_SPARK_MASTER", "RECOMMENDER_SPARK_CONF", "MLFLOW_TRACKING_URI"),
    *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"),
    *("AWS_SERVER_SIDE_ENCRYPTION", "AWS_SSE_KMS_KEY_ID", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST"),
    *("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ENDPOINT"),
    *ENDPOINTS,
)
"""What a job on another machine is told in plain text: nothing that is a secret."""


def chosen_launcher(
    name: LauncherName, store: StoreSettings, environment: Mapping[str, str] = os.environ
) -> Launcher:
    if store.url.startswith("memory:"):
        return Absent(name, "this store lies in the server's memory; use a folder or a bucket")
    if name == "kubernetes":
        return _kubernetes(store, environment)
    if name == "airflow":
        return _airflow(environment)
    return LocalProcesses(store.launch_folder(), _told(store, environment))


def _kubernetes(store: StoreSettings, environment: Mapping[str, str]) -> Launcher:
    try:
        settings = KubernetesSettings.from_environment(environment)
    except LauncherAbsent as error:
        return Absent("kubernetes", error.reason)
    if store.folder is not None and settings.pod_template is None:
        return Absent(
            "kubernetes",
            "this store is a folder of the server's machine: use a bucket, or mount the folder in "
            "RECOMMENDER_KUBERNETES_POD_TEMPLATE under the same path",
        )
    told = {one: environment[one] for one in _TOLD_ELSEWHERE if environment.get(one)}
    told |= {
        "RECOMMENDER_STORE_URL": store.place,
        "RECOMMENDER_CACHE_DIR": f"{WORKING_FOLDER}/cache",
        "RECOMMENDER_LOG_FORMAT": "json",
        "TMPDIR": WORKING_FOLDER,
        "HOME": WORKING_FOLDER,
    }
    return KubernetesJobs(settings, told)


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
