"""How the pod of a job is described, without Airflow."""

from typing import Any

import kubernetes_validate
import pytest

from airflow_dags.commands import environment
from airflow_dags.pod import SCRATCH, SIZES, SPARK, STORE, pod, resized, told
from airflow_dags.settings import DagSettings

SETTINGS = {"a bucket": DagSettings(), "a folder": DagSettings(store_claim="store")}


def container(made: dict[str, Any]) -> dict[str, Any]:
    (only,) = made["spec"]["containers"]
    return only


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_pod_is_one_that_kubernetes_takes(settings: DagSettings, size: str) -> None:
    made = pod(settings, size) | {"metadata": {"name": "job", **pod(settings, size)["metadata"]}}

    kubernetes_validate.validate(made, "1.33", strict=True)


@pytest.mark.parametrize("size", SIZES)
def test_it_may_do_nothing_that_a_training_does_not_need(size: str) -> None:
    made = pod(DagSettings(), size)

    locked = container(made)["securityContext"]
    assert (locked["runAsNonRoot"], locked["readOnlyRootFilesystem"]) == (True, True)
    assert (locked["allowPrivilegeEscalation"], locked["capabilities"]) == (
        False,
        {"drop": ["ALL"]},
    )
    assert locked["seccompProfile"] == {"type": "RuntimeDefault"}
    assert made["spec"]["securityContext"]["runAsUser"] != 0
    assert made["spec"]["serviceAccountName"] == "recommender-trainer"
    assert made["spec"]["automountServiceAccountToken"] is (size == "spark")


def test_its_secrets_are_named_and_not_told() -> None:
    made = container(pod(DagSettings(secret="keys"), "small"))

    assert {"secretRef": {"name": "keys"}} in made["envFrom"]
    assert not [one for one in made["env"] if "SECRET" in one["name"] or "TOKEN" in one["name"]]


@pytest.mark.parametrize("size", SIZES)
def test_it_asks_for_what_its_size_is_given_and_ends_in_time(size: str) -> None:
    made, given = pod(DagSettings(), size), SIZES[size]

    assert container(made)["resources"]["requests"] == {
        "cpu": str(given.cpus),
        "memory": given.memory,
    }
    assert made["spec"]["activeDeadlineSeconds"] == given.hours * 3600
    assert resized(pod(DagSettings(), "small"), size, DagSettings()) == made


SPARKS = DagSettings(spark_image="spark:1", spark_config_map="shop-spark", store_claim="store")


def test_a_driver_of_spark_has_its_image_and_says_where_it_is() -> None:
    made = resized(pod(SPARKS, "small"), "spark", SPARKS)

    named = made | {"metadata": {"name": "job", **made["metadata"]}}
    kubernetes_validate.validate(named, "1.33", strict=True)
    assert made == pod(SPARKS, "spark")
    only = container(made)
    paths = {
        one["name"]: one["valueFrom"]["fieldRef"]["fieldPath"]
        for one in only["env"]
        if "valueFrom" in one
    }
    assert paths == {"POD_IP": "status.podIP", "POD_NAME": "metadata.name"}
    assert only["image"] == "spark:1"
    assert SPARK in {one["mountPath"] for one in only["volumeMounts"]}
    assert made["metadata"]["labels"]["app.kubernetes.io/component"] == "spark"


def test_it_is_told_the_trace_of_whoever_asked_and_the_described_pod_is_not_changed() -> None:
    described = pod(DagSettings(), "small")

    made = told(described, environment({"traceparent": "00-4b-00-01"}))

    assert container(made)["env"][-1] == {"name": "TRACEPARENT", "value": "00-4b-00-01"}
    assert told(described, environment({"traceparent": ""})) == pod(DagSettings(), "small")


def test_the_store_of_a_folder_is_mounted_and_scratch_room_always() -> None:
    mounts = [
        {one["mountPath"] for one in container(pod(settings, "small"))["volumeMounts"]}
        for settings in SETTINGS.values()
    ]

    assert mounts == [{SCRATCH}, {SCRATCH, STORE}]
