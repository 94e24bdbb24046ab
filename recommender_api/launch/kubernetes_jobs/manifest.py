"""
From an order to the batch/v1 Job that carries it out. Pure.

A Job begins from the installation's pod template, where there is one; what must hold for every Job
is laid over it: who it is, what it runs, what it may take, and that it may do nothing to its node.
"""

import copy
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from recommender_api.launch.errors import LaunchFailed
from recommender_api.launch.protocol import Order
from recommender_store.tenants.identity import TenantId

from .settings import KubernetesSettings, Resources

TENANT, RUN = "recommender-platform/tenant", "recommender-platform/run"
"""Labels of a Job and its pod."""
NAME_LIMIT = 63
GRACE_S = 30
"""From SIGTERM to SIGKILL, where the template says nothing."""
WORKING_FOLDER = "/tmp"  # noqa: S108 - of a container of its own

_DIGEST_LENGTH = 10
_OF_THE_POD: dict[str, Any] = {
    "POD_IP": {"valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    "POD_NAME": {"valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
}
"""By these Spark's executors find their driver, and end with it."""
_CONFINED: dict[str, Any] = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def job_name(tenant_id: TenantId, run_id: str) -> str:
    """The same for the same run: an order that is given twice makes one Job."""
    digest = hashlib.sha256(f"{tenant_id}/{run_id}".encode()).hexdigest()[:_DIGEST_LENGTH]
    readable = f"rec-{tenant_id}-{run_id.lower()}"[: NAME_LIMIT - _DIGEST_LENGTH - 1]
    return f"{readable.rstrip('-')}-{digest}"


def job_manifest(
    order: Order,
    settings: KubernetesSettings,
    template: Mapping[str, Any],
    program: Sequence[str],
    told: Mapping[str, str],
) -> dict[str, Any]:
    """
    The Job, as JSON; `template` is a Pod or a part of one, `told` the environment in plain text.

    Raises:
        LaunchFailed: where there is no image, or no such class of resources.
    """
    labels = {
        "app.kubernetes.io/name": "recommender",
        "app.kubernetes.io/component": "job",
        **template.get("metadata", {}).get("labels", {}),
        "app.kubernetes.io/managed-by": "recommender-api",
        TENANT: str(order.tenant_id),
        RUN: order.run_id,
    }
    pod_metadata = {**template.get("metadata", {}), "labels": labels}
    pod_metadata.pop("name", None)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": job_name(order.tenant_id, order.run_id),
            "namespace": settings.namespace,
            "labels": labels,
            **_owned(settings),
        },
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": settings.limit_s,
            "ttlSecondsAfterFinished": settings.keep_s,
            "template": {
                "metadata": pod_metadata,
                "spec": _pod(order, settings, template.get("spec", {}), program, told),
            },
        },
    }


def _owned(settings: KubernetesSettings) -> dict[str, Any]:
    owner = settings.owner
    if owner is None:
        return {}
    named = {"apiVersion": owner.api_version, "kind": owner.kind}
    return {"ownerReferences": [{**named, "name": owner.name, "uid": owner.uid}]}


def _pod(
    order: Order,
    settings: KubernetesSettings,
    template: Mapping[str, Any],
    program: Sequence[str],
    told: Mapping[str, str],
) -> dict[str, Any]:
    resources = _resources(settings, order.resources)
    pod = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE_S,
        **copy.deepcopy(dict(template)),
        "restartPolicy": "Never",
        # As the first process of its own it would hear no SIGTERM, and nobody would take leave of
        # the children that end before it.
        "shareProcessNamespace": True,
    }
    confined = {"runAsNonRoot": True, "seccompProfile": _CONFINED["seccompProfile"]}
    pod["securityContext"] = {**pod.get("securityContext", {}), **confined}
    if settings.service_account:
        pod["serviceAccountName"] = settings.service_account
    first, *others = pod.get("containers") or [{}]
    container = _container(first, settings, resources, told)
    # Kubernetes puts variables, secret ones too, where an argument says $(NAME): none shall.
    container["command"] = [word.replace("$", "$$") for word in program]
    container["args"] = [word.replace("$", "$$") for word in order.arguments]
    if all(mount["mountPath"] != WORKING_FOLDER for mount in container["volumeMounts"]):
        container["volumeMounts"] += [{"name": "working-folder", "mountPath": WORKING_FOLDER}]
        folder = {"name": "working-folder", "emptyDir": {"sizeLimit": resources.disk}}
        pod["volumes"] = [*pod.get("volumes", []), folder]
    pod["containers"] = [container, *others]
    return pod


def _container(
    template: Mapping[str, Any],
    settings: KubernetesSettings,
    resources: Resources,
    told: Mapping[str, str],
) -> dict[str, Any]:
    image = settings.image or template.get("image")
    if not image:
        raise LaunchFailed(
            "nothing says which image it runs: set RECOMMENDER_KUBERNETES_IMAGE, or name one in "
            "RECOMMENDER_KUBERNETES_POD_TEMPLATE"
        )
    secret = {
        variable: {"valueFrom": {"secretKeyRef": {"name": name, "key": key}}}
        for variable, (name, key) in settings.secrets.items()
    }
    given = {one["name"]: one for one in template.get("env", [])}
    plain: dict[str, Any] = {variable: {"value": value} for variable, value in told.items()}
    values = {**_OF_THE_POD, **plain, **secret}
    said = {name: {"name": name, **value} for name, value in values.items()}
    limited = {"memory": resources.memory, "ephemeral-storage": resources.disk}
    return {
        "name": "job",
        "terminationMessagePolicy": "FallbackToLogsOnError",
        **template,
        "image": image,
        "env": [*{**said, **given}.values()],
        "resources": {"requests": {"cpu": resources.cpu, **limited}, "limits": limited},
        "securityContext": {**template.get("securityContext", {}), **_CONFINED},
        "volumeMounts": list(template.get("volumeMounts", [])),
    }


def _resources(settings: KubernetesSettings, name: str) -> Resources:
    resources = settings.resources.get(name)
    if resources is None:
        known = ", ".join(sorted(settings.resources))
        raise LaunchFailed(
            f"the tenant's training.resources is {name!r}, and RECOMMENDER_KUBERNETES_RESOURCES "
            f"has {known}: set one of these, or add it"
        )
    return resources
