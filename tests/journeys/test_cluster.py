"""
The chart on a real cluster: the API's pods become ready, a training's Job completes, the autoscaler
reads its metric.

With `RECOMMENDER_TEST_KUBECONFIG`, a file, `RECOMMENDER_TEST_API_IMAGE` and
`RECOMMENDER_TEST_TRAINER_IMAGE`, which the cluster can pull (`repository:tag`); the metric takes a
metrics-server. Everything is made in a namespace of its own, and goes with it.
"""

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helm.helm_process import CHART, Helm
from tests.recommender_api.served import until

pytestmark = pytest.mark.slow

RELEASE = "shop"
ASKED = ("KUBECONFIG", "API_IMAGE", "TRAINER_IMAGE")
READY_S, METRIC_S = 600, 300


@dataclass(frozen=True)
class Installed:
    """A release in its namespace."""

    api: Any
    """A client of the cluster's API."""
    namespace: str

    def pods(self, component: str) -> list[Any]:
        from kubernetes.client import CoreV1Api

        labels = f"app.kubernetes.io/instance={RELEASE},app.kubernetes.io/component={component}"
        found = CoreV1Api(self.api).list_namespaced_pod(self.namespace, label_selector=labels)
        pods: list[Any] = found.items
        return pods

    def run_in(self, pod: str, script: str) -> Any:
        """What a script prints last, in a pod's Python."""
        from kubernetes.client import CoreV1Api
        from kubernetes.stream import stream

        told = stream(
            CoreV1Api(self.api).connect_get_namespaced_pod_exec,
            pod,
            self.namespace,
            command=["python", "-c", script],
            stdout=True,
            stderr=True,
            stdin=False,
            tty=False,
        )
        return json.loads(told.strip().splitlines()[-1])


def values(told: dict[str, str]) -> dict[str, Any]:
    """A trial on one node, with an autoscaler that has nothing to decide."""
    small: dict[str, Any] = yaml.safe_load((CHART / "ci/small-values.yaml").read_text("utf-8"))
    images = {"api": told["API_IMAGE"], "trainer": told["TRAINER_IMAGE"]}
    small["image"] = {
        name: dict(zip(("repository", "tag"), image.rsplit(":", 1), strict=True))
        for name, image in images.items()
    }
    small["autoscaling"] = {"enabled": True, "minReplicas": 1, "maxReplicas": 1}
    small["launcher"] = {"kind": "kubernetes"}
    return small


@pytest.fixture(scope="module")
def installed() -> Iterator[Installed]:
    told = {name: os.environ.get(f"RECOMMENDER_TEST_{name}", "") for name in ASKED}
    missing = [f"RECOMMENDER_TEST_{name}" for name, value in told.items() if not value]
    if missing:
        pytest.skip(f"there is no cluster to install the chart in: {', '.join(missing)}")
    from kubernetes import config
    from kubernetes.client import CoreV1Api

    api = config.new_client_from_config(told["KUBECONFIG"])
    namespace = f"recommender-test-{secrets.token_hex(4)}"
    core = CoreV1Api(api)
    core.create_namespace({"metadata": {"name": namespace}})
    secret = {
        "metadata": {"name": "recommender-api"},
        "stringData": {"RECOMMENDER_ADMIN_TOKEN": "root=root"},
    }
    helm = Helm()
    try:
        core.create_namespaced_secret(namespace, secret)
        helm.install(values(told), Path(told["KUBECONFIG"]), namespace, RELEASE, READY_S)
        yield Installed(api, namespace)
    finally:
        helm.close()
        core.delete_namespace(namespace)


def test_the_pods_of_the_api_become_ready(installed: Installed) -> None:
    pods = installed.pods("api")

    conditions = {one.type: one.status for pod in pods for one in pod.status.conditions}
    assert conditions["Ready"] == "True"


def test_a_training_asked_for_over_rest_completes_as_a_job(installed: Installed) -> None:
    from kubernetes.client import BatchV1Api

    script = Path(__file__).with_name("inside_a_pod.py").read_text("utf-8")

    ended = installed.run_in(installed.pods("api")[0].metadata.name, script)

    assert ended["status"] == "promoted", ended
    jobs = BatchV1Api(installed.api).list_namespaced_job(installed.namespace).items
    (job,) = [
        one for one in jobs if ended["run_id"] in json.dumps(one.metadata.to_dict(), default=str)
    ]
    assert job.status.succeeded == 1


def test_the_autoscaler_reads_its_metric(installed: Installed) -> None:
    from kubernetes.client import AutoscalingV2Api

    scaling = AutoscalingV2Api(installed.api)

    def is_active() -> bool:
        name = f"{RELEASE}-api"
        found = scaling.read_namespaced_horizontal_pod_autoscaler(name, installed.namespace)
        told = {one.type: one.status for one in found.status.conditions or ()}
        return told.get("ScalingActive") == "True" and bool(found.status.current_metrics)

    until(is_active, METRIC_S)
