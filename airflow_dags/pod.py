"""
How the pod of a job is described: a plain document of Kubernetes', made without Airflow.

It runs as nobody in particular, writes to nothing but its scratch room, holds no token of the
cluster's, and is told its secrets by reference.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_dags.settings import DagSettings

CONTAINER = "base"
"""As Airflow names the one that counts."""

SCRATCH = "/tmp"  # noqa: S108 - a volume of the pod's own is mounted there
STORE = "/var/lib/recommender"
SPARK = "/etc/recommender/spark"
USER = 10001


@dataclass(frozen=True)
class Size:
    """What the jobs of one class of tenants are given."""

    cpus: int
    memory: str
    scratch: str
    """Room for a dataset and a bundle on their way."""
    hours: int
    """No task takes longer."""
    slots: int
    """Of the default pool, where sizes have no pools of their own."""


SIZES = {
    "small": Size(cpus=1, memory="4Gi", scratch="10Gi", hours=2, slots=1),
    "medium": Size(cpus=4, memory="16Gi", scratch="50Gi", hours=4, slots=4),
    "large": Size(cpus=8, memory="64Gi", scratch="200Gi", hours=8, slots=8),
    "spark": Size(cpus=2, memory="16Gi", scratch="50Gi", hours=8, slots=4),
}

OF_THE_POD = [
    {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
]
"""By these Spark's executors find their driver, and end with it."""

LOCKED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def pod(settings: DagSettings, size: str, image: str = "") -> dict[str, Any]:
    """The pod of a job of a tenant of this size; `image` may be a template of Airflow's."""
    claims = [("store", {"persistentVolumeClaim": {"claimName": settings.store_claim}}, STORE)]
    scratch = ("scratch", {"emptyDir": {"sizeLimit": SIZES[size].scratch}}, SCRATCH)
    volumes = [scratch, *(claims if settings.store_claim else [])]
    made = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "namespace": settings.namespace,
            "labels": {
                "app.kubernetes.io/name": "recommender",
                "app.kubernetes.io/component": "trainer",
                "app.kubernetes.io/managed-by": "airflow",
                "recommender/class": size,
            },
        },
        "spec": {
            "serviceAccountName": settings.service_account,
            "automountServiceAccountToken": size == "spark",
            "restartPolicy": "Never",
            "activeDeadlineSeconds": SIZES[size].hours * 3600,
            "terminationGracePeriodSeconds": 30,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "runAsGroup": USER,
                "fsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [_container(settings, size, image or settings.image, volumes)],
            "volumes": [{"name": name, **source} for name, source, _ in volumes],
        },
    }
    return _for_spark(made, settings) if size == "spark" else made


def resized(described: dict[str, Any], size: str, settings: DagSettings) -> dict[str, Any]:
    """The same pod, which was none of Spark's, for a tenant of another size."""
    given, made = SIZES[size], copy.deepcopy(described)
    made["metadata"]["labels"]["recommender/class"] = size
    spec = made["spec"]
    spec["automountServiceAccountToken"] = size == "spark"
    spec["activeDeadlineSeconds"] = given.hours * 3600
    spec["volumes"][0]["emptyDir"]["sizeLimit"] = given.scratch
    spec["containers"][0]["resources"] = _resources(given)
    return _for_spark(made, settings) if size == "spark" else made


def _for_spark(made: dict[str, Any], settings: DagSettings) -> dict[str, Any]:
    """A driver: in an image with Java, told what its executors' pods are made from."""
    made["metadata"]["labels"]["app.kubernetes.io/component"] = "spark"
    (container,) = made["spec"]["containers"]
    if settings.spark_image:
        container["image"] = settings.spark_image
    if settings.spark_config_map:
        source = {"configMap": {"name": settings.spark_config_map}}
        made["spec"]["volumes"].append({"name": "spark", **source})
        mount = {"name": "spark", "mountPath": SPARK, "readOnly": True}
        container["volumeMounts"].append(mount)
    return made


def told(described: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The same pod with further variables."""
    made = copy.deepcopy(described)
    (container,) = made["spec"]["containers"]
    container["env"] += [{"name": name, "value": value} for name, value in environment.items()]
    return made


def _resources(given: Size) -> dict[str, Any]:
    return {
        "requests": {"cpu": str(given.cpus), "memory": given.memory},
        "limits": {"memory": given.memory},
    }


def _container(
    settings: DagSettings, size: str, image: str, volumes: list[tuple[str, Any, str]]
) -> dict[str, Any]:
    return {
        "name": CONTAINER,
        "image": image,
        "command": ["recommender"],
        "env": [
            {"name": "HOME", "value": SCRATCH},
            {"name": "RECOMMENDER_CACHE_DIR", "value": f"{SCRATCH}/cache"},
            {"name": "RECOMMENDER_LOG_FORMAT", "value": "json"},
            *OF_THE_POD,
        ],
        "envFrom": [
            {"configMapRef": {"name": settings.config_map, "optional": True}},
            {"secretRef": {"name": settings.secret}},
        ],
        "resources": _resources(SIZES[size]),
        "securityContext": LOCKED,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [{"name": name, "mountPath": path} for name, _, path in volumes],
    }
