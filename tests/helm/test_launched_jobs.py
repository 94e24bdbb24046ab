"""The chart and the launcher fit each other: what it is told makes a Job that Kubernetes takes."""

import pytest
import yaml

from recommender_api.launch.protocol import Order
from recommender_store.tenants.identity import TenantId
from tests.helm.objects import Rendered, check

LAUNCHER = "recommender_api.launch.kubernetes_jobs"
manifest, cluster, settings = (
    pytest.importorskip(f"{LAUNCHER}.{module}", reason="there is no such launcher yet")
    for module in ("manifest", "cluster", "settings")
)


def job_of(objects: Rendered, size: str):
    """The Job that the API of this installation would make."""
    told = {k: v for k, v in objects.api_environment().items() if isinstance(v, str)}
    order = Order(TenantId("shop"), "20261122T031500Z-0a1b", ("train", "--tenant", "shop"), size)
    return manifest.job_manifest(
        order,
        settings.KubernetesSettings.from_environment(told),
        objects.job_pod(),
        ["recommender"],
        {},
    )


@pytest.mark.parametrize("size", ["small", "medium", "large", "spark"])
def test_a_job_of_every_class_is_one_that_kubernetes_takes(rendered, size):
    objects = rendered(
        {"trainer.environmentSecrets": ["google"], "trainer.nodeSelector": {"a": "b"}}
    )

    job = job_of(objects, size)

    check(job)
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    classes = yaml.safe_load(objects.api_environment()["RECOMMENDER_KUBERNETES_RESOURCES"])
    assert container["resources"]["limits"]["memory"] == classes[size]["memory"]
    assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}
    assert pod["serviceAccountName"] == "shop-trainer"
    assert pod["nodeSelector"] == {"a": "b"}


def test_a_job_on_a_volume_has_the_store_where_the_api_has_it(helm):
    values = {
        "store": {"volume": {"enabled": True}},
        "autoscaling": {"enabled": False},
        "api": {"replicas": 1, "workers": 1},
    }
    objects = Rendered(helm.render(values))

    job = job_of(objects, "small")

    check(job)
    pod = job["spec"]["template"]["spec"]
    told = {each["name"]: each.get("value") for each in pod["containers"][0]["env"]}
    mounts = {each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
    assert told["RECOMMENDER_STORE_URL"] == objects.api_environment()["RECOMMENDER_STORE_URL"]
    assert told["RECOMMENDER_STORE_URL"].removeprefix("file://") in mounts


def test_a_job_is_let_to_the_store_by_the_policy_of_jobs(rendered):
    objects = rendered()
    labels = job_of(objects, "small")["spec"]["template"]["metadata"]["labels"]

    policy = objects.one("NetworkPolicy", "shop-trainer")["spec"]

    assert policy["podSelector"]["matchLabels"].items() <= labels.items()


def test_the_role_gives_what_the_launcher_asks_for_and_no_more(rendered):
    asked = {
        (resource.strip(), verb.strip())
        for resource, _, verbs in (part.partition(":") for part in cluster.RIGHTS.split(";"))
        for verb in verbs.split(",")
    }

    given = {
        (resource, verb)
        for rule in rendered().one("Role", "shop-api")["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert given == asked
