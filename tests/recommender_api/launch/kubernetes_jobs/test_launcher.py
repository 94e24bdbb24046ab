"""What keeps a Job from being started is told in one sentence that names the fix."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recommender_api.launch.errors import LaunchFailed
from recommender_api.launch.kubernetes_jobs.launcher import KubernetesJobs
from recommender_api.launch.kubernetes_jobs.settings import KubernetesSettings
from recommender_api.launch.protocol import Order
from recommender_store.tenants.identity import parse_tenant_id
from tests.recommender_api.launch.kubernetes_jobs.small_cluster import (
    NAMESPACE,
    SmallCluster,
    small_cluster,
)
from tests.recommender_api.served import until

SHOP = parse_tenant_id("shop")
ORDER = Order(SHOP, "run-1", ("-c", "pass"))


@pytest.fixture(name="cluster")
def _cluster(tmp_path: Path) -> Iterator[SmallCluster]:
    with small_cluster(tmp_path) as cluster:
        yield cluster


def launcher_of(cluster: SmallCluster, **settings: Any) -> KubernetesJobs:
    given = {"image": "recommender:1", "namespace": NAMESPACE, **settings}
    if "kubeconfig" not in given:
        given["kubeconfig"] = cluster.kubeconfig()
    return KubernetesJobs(KubernetesSettings.model_validate(given), {}, (sys.executable,))


def failure(launcher: KubernetesJobs, order: Order = ORDER) -> str:
    with pytest.raises(LaunchFailed) as failed:
        launcher.start(order)
    return failed.value.reason


def test_an_order_that_is_given_twice_makes_one_job(cluster: SmallCluster) -> None:
    launcher = launcher_of(cluster)

    launcher.start(ORDER)
    launcher.start(ORDER)

    assert len(cluster.jobs) == 1


def test_a_missing_right_is_told_with_those_that_are_needed(cluster: SmallCluster) -> None:
    cluster.rights.remove("create jobs")

    said = failure(launcher_of(cluster))

    assert "cannot create jobs" in said
    assert "a Role in recommender with jobs: create, get, patch; pods: list; pods/log: get" in said


def test_no_more_rights_are_needed_than_are_told(cluster: SmallCluster) -> None:
    launcher = launcher_of(cluster)

    launcher.start(ORDER)
    until(lambda: launcher.look(SHOP, "run-1").state == "ended")
    launcher.cancel(SHOP, "run-1")

    assert cluster.rights == {"create jobs", "get jobs", "patch jobs", "list pods", "get pods/log"}
    assert launcher.look(SHOP, "run-1").exit_code == 0


def test_credentials_that_ran_out_are_told(cluster: SmallCluster) -> None:
    launcher = launcher_of(cluster, kubeconfig=cluster.kubeconfig(token="of-yesterday"))

    assert "(401): renew the token" in failure(launcher)


def test_a_namespace_that_is_not_there_is_named(cluster: SmallCluster) -> None:
    said = failure(launcher_of(cluster, namespace="elsewhere"))

    assert "make the namespace elsewhere" in said


def test_a_template_that_kubernetes_refuses_is_told(cluster: SmallCluster, tmp_path: Path) -> None:
    template = tmp_path / "pod.yaml"
    template.write_text("spec: {nodeSelektor: {disk: fast}}", encoding="utf-8")

    said = failure(launcher_of(cluster, pod_template=template))

    assert "nodeSelektor" in said
    assert "RECOMMENDER_KUBERNETES_POD_TEMPLATE" in said


@pytest.mark.parametrize("text", ["[]", "spec: [", "spec: 3", "- a"])
def test_a_template_that_is_no_pod_is_told(
    cluster: SmallCluster, tmp_path: Path, text: str
) -> None:
    template = tmp_path / "pod.yaml"
    template.write_text(text, encoding="utf-8")

    assert "RECOMMENDER_KUBERNETES_POD_TEMPLATE" in failure(
        launcher_of(cluster, pod_template=template)
    )


def test_a_template_that_is_not_there_is_told(cluster: SmallCluster, tmp_path: Path) -> None:
    said = failure(launcher_of(cluster, pod_template=tmp_path / "pod.yaml"))

    assert "No such file" in said


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    with small_cluster(tmp_path) as cluster:
        launcher = launcher_of(cluster)

    said = failure(launcher)

    assert "cannot be reached" in said
    assert "KUBECONFIG" in said


def test_no_way_to_a_cluster_is_told(cluster: SmallCluster, tmp_path: Path) -> None:
    launcher = launcher_of(cluster, kubeconfig=str(tmp_path / "nowhere"))

    assert "set KUBECONFIG" in failure(launcher)


def test_a_control_plane_that_is_not_well_is_told(cluster: SmallCluster) -> None:
    cluster.failing = 500

    assert "answers 500 (the control plane is not well): try again" in failure(launcher_of(cluster))


def test_a_job_has_secrets_and_an_argument_that_names_one_does_not_tell_it(
    cluster: SmallCluster,
) -> None:
    cluster.secrets["keys/secret"] = "of-the-platform"
    launcher = launcher_of(cluster, secrets="RECOMMENDER_SECRET_KEY=keys/secret")
    script = "import os, sys; print(os.environ['RECOMMENDER_SECRET_KEY'][:6], sys.argv[1])"
    reason = "$(RECOMMENDER_SECRET_KEY) $$ $"

    launcher.start(Order(SHOP, "run-1", ("-c", script, reason)))

    until(lambda: launcher.look(SHOP, "run-1").state == "ended")
    assert launcher.look(SHOP, "run-1").log == (f"of-the {reason}",)
