"""What holds for every Job, whatever the installation's template says."""

from typing import Any

import kubernetes_validate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_api.launch.errors import LaunchFailed
from recommender_api.launch.kubernetes_jobs.manifest import job_manifest, job_name
from recommender_api.launch.kubernetes_jobs.settings import KubernetesSettings
from recommender_api.launch.protocol import Order
from recommender_store.runs.record import new_run_id
from recommender_store.tenants.identity import LENGTH_LIMIT, SHAPE, parse_tenant_id

SHOP = parse_tenant_id("shop")
RUN = "20261120T031500Z-0a1b2c3d4"
ORDER = Order(SHOP, RUN, ("train", "--tenant=shop"))
TOLD = {"RECOMMENDER_STORE_URL": "s3://bucket/store"}


def made(
    template: dict[str, Any] | None = None, order: Order = ORDER, **settings: Any
) -> dict[str, Any]:
    asked = KubernetesSettings.model_validate({"image": "recommender:1"} | settings)
    manifest = job_manifest(order, asked, template or {}, ("recommender",), TOLD)
    kubernetes_validate.validate(manifest, "1.33", strict=True)
    return manifest


def pod(manifest: dict[str, Any]) -> dict[str, Any]:
    return manifest["spec"]["template"]["spec"]


def container(manifest: dict[str, Any]) -> dict[str, Any]:
    return pod(manifest)["containers"][0]


def test_a_job_tries_once_and_goes_after_a_while() -> None:
    spec = made()["spec"]

    assert spec["backoffLimit"] == 0
    assert spec["activeDeadlineSeconds"] == 43_200
    assert spec["ttlSecondsAfterFinished"] == 86_400
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_a_job_and_its_pod_say_whose_they_are() -> None:
    manifest = made()

    for labels in (
        manifest["metadata"]["labels"],
        manifest["spec"]["template"]["metadata"]["labels"],
    ):
        assert labels["recommender-platform/tenant"] == "shop"
        assert labels["recommender-platform/run"] == RUN
        assert labels["app.kubernetes.io/managed-by"] == "recommender-api"


def test_a_job_knows_its_pod_s_address_and_name_unless_a_template_says_them() -> None:
    variables = {one["name"]: one for one in container(made())["env"]}
    said = {"containers": [{"name": "a", "env": [{"name": "POD_IP", "value": "10.0.0.1"}]}]}

    given = {one["name"]: one for one in container(made({"spec": said}))["env"]}

    assert variables["POD_IP"]["valueFrom"]["fieldRef"] == {"fieldPath": "status.podIP"}
    assert variables["POD_NAME"]["valueFrom"]["fieldRef"] == {"fieldPath": "metadata.name"}
    assert given["POD_IP"] == {"name": "POD_IP", "value": "10.0.0.1"}


OPEN = {
    "securityContext": {"runAsNonRoot": False, "runAsUser": 65532},
    "shareProcessNamespace": False,
    "containers": [
        {
            "name": "recommender",
            "securityContext": {"readOnlyRootFilesystem": False, "capabilities": {"add": ["ALL"]}},
        }
    ],
}


@pytest.mark.parametrize("spec", [{}, OPEN])
def test_a_job_may_do_nothing_to_its_node_whatever_a_template_says(spec: dict[str, Any]) -> None:
    manifest = made({"spec": spec})

    held = container(manifest)["securityContext"]
    assert held["capabilities"] == {"drop": ["ALL"]}
    assert held["runAsNonRoot"]
    assert held["readOnlyRootFilesystem"]
    assert not held["allowPrivilegeEscalation"]
    assert held["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod(manifest)["securityContext"]["runAsNonRoot"]
    assert not pod(manifest)["automountServiceAccountToken"]


def test_a_template_says_where_a_job_runs_and_what_it_knows() -> None:
    spec = {
        "nodeSelector": {"disk": "fast"},
        "serviceAccountName": "trainer",
        "containers": [
            {
                "name": "recommender",
                "image": "recommender:2",
                "env": [{"name": "TEAM", "value": "search"}],
            }
        ],
    }
    labels = {"app.kubernetes.io/instance": "live"}

    manifest = made({"metadata": {"name": "pod", "labels": labels}, "spec": spec}, image=None)

    assert pod(manifest)["nodeSelector"] == {"disk": "fast"}
    assert pod(manifest)["serviceAccountName"] == "trainer"
    assert container(manifest)["image"] == "recommender:2"
    names = {one["name"] for one in container(manifest)["env"]}
    assert names == {"TEAM", "RECOMMENDER_STORE_URL", "POD_IP", "POD_NAME"}
    assert manifest["metadata"]["labels"]["app.kubernetes.io/instance"] == "live"
    assert "name" not in manifest["spec"]["template"]["metadata"]


def test_a_class_says_what_a_job_may_take() -> None:
    resources = container(made(order=ORDER._replace(resources="large")))["resources"]

    assert resources["requests"] == {"cpu": "16", "memory": "64Gi", "ephemeral-storage": "200Gi"}
    assert resources["limits"] == {"memory": "64Gi", "ephemeral-storage": "200Gi"}


def test_a_class_that_nobody_described_is_told() -> None:
    with pytest.raises(LaunchFailed, match="has small: set one of these"):
        made(
            order=ORDER._replace(resources="large"),
            resources={"small": {"cpu": "1", "memory": "1Gi"}},
        )


def test_a_job_without_an_image_is_told() -> None:
    with pytest.raises(LaunchFailed, match="set RECOMMENDER_KUBERNETES_IMAGE"):
        made(image=None)


def test_a_job_writes_into_a_folder_of_its_own_unless_the_template_has_one() -> None:
    mounts = [{"name": "fast", "mountPath": "/tmp"}]
    volumes = [{"name": "fast", "emptyDir": {}}]
    spec = {"volumes": volumes, "containers": [{"name": "it", "volumeMounts": mounts}]}

    assert pod(made())["volumes"] == [{"name": "working-folder", "emptyDir": {"sizeLimit": "20Gi"}}]
    assert pod(made({"spec": spec}))["volumes"] == volumes


def test_secrets_are_referred_to_and_never_written_out() -> None:
    env = container(made(secrets="RECOMMENDER_SECRET_KEY=keys/secret"))["env"]

    assert {
        "name": "RECOMMENDER_SECRET_KEY",
        "valueFrom": {"secretKeyRef": {"name": "keys", "key": "secret"}},
    } in env


def test_an_owner_takes_its_jobs_along() -> None:
    manifest = made(owner="apps/v1:Deployment:live-api:0f1c")

    assert manifest["metadata"]["ownerReferences"] == [
        {"apiVersion": "apps/v1", "kind": "Deployment", "name": "live-api", "uid": "0f1c"}
    ]


TENANTS = st.from_regex(SHAPE, fullmatch=True).filter(lambda text: 2 <= len(text) <= LENGTH_LIMIT)


@given(TENANTS, TENANTS)
def test_the_name_of_a_job_is_a_dns_label_and_of_one_run_alone(one: str, other: str) -> None:
    run_id = new_run_id()
    name = job_name(parse_tenant_id(one), run_id)

    assert len(name) <= 63
    assert SHAPE.fullmatch(name)
    assert (name == job_name(parse_tenant_id(other), run_id)) == (one == other)


def test_a_template_is_left_as_it_is() -> None:
    template = {"spec": {"containers": [{"name": "it", "env": []}], "volumes": []}}

    made(template)

    assert template == {"spec": {"containers": [{"name": "it", "env": []}], "volumes": []}}
