"""Every object of the chart is one that Kubernetes takes, under examples and many more values."""

import re
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helm.conftest import BUCKET, CI_VALUES, with_values
from tests.helm.objects import Rendered, check

VOLUME = {"store": {"volume": {"enabled": True, "accessMode": "ReadWriteMany"}}}
SCHEDULE = [{"name": "evening", "cron": "45 17 * * *", "minReplicas": 4}]
SWITCHES = {
    "redis.bundled.enabled": st.booleans(),
    "adminToken.secretName": st.sampled_from(["", "admins"]),
    "api.replicas": st.integers(1, 5),
    "api.workers": st.just(1),
    "api.environmentSecrets": st.sampled_from([[], ["google"]]),
    "api.nodeSelector": st.sampled_from([{}, {"pool": "serving"}]),
    "api.topologySpread.zones": st.sampled_from(["ScheduleAnyway", "DoNotSchedule", "Off"]),
    "api.topologySpread.nodes": st.sampled_from(["ScheduleAnyway", "Off"]),
    "autoscaling.enabled": st.booleans(),
    "autoscaling.requestRate.enabled": st.booleans(),
    "autoscaling.schedule": st.sampled_from([[], SCHEDULE]),
    "launcher.kind": st.sampled_from(["kubernetes", "airflow", "local"]),
    "airflow.enabled": st.booleans(),
    "spark.enabled": st.booleans(),
    "schedules.tend.enabled": st.booleans(),
    "schedules.train.enabled": st.booleans(),
    "ingress.enabled": st.booleans(),
    "service.type": st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer"]),
    "networkPolicy.enabled": st.booleans(),
    "observability.serviceMonitor.enabled": st.booleans(),
    "observability.prometheusRule.enabled": st.booleans(),
    "observability.dashboards.enabled": st.booleans(),
    "rbac.create": st.booleans(),
    "prices": st.sampled_from([{}, {"currency": "EUR", "per_million_events": 1.2}]),
}
NEEDED = {
    "airflow.url": "http://airflow:8080",
    "airflow.credentials.secretName": "airflow",
    "airflow.serviceAccounts": ["airflow-worker"],
    "airflow.environmentSecret": "recommender",
    "airflow.dags.from": "image",
    "spark.image": "registry.internal/recommender-spark:0.1.0",
    "ingress.hosts": ["recommender.internal"],
    "ingress.tls.secretName": "recommender-tls",
    "api.serviceAccount.name": "given",
}
"""Of the switches, what one that is on asks for."""


@st.composite
def chosen_values(draw):
    base = draw(st.sampled_from([{k: v for k, v in BUCKET.items() if k != "redis"}, VOLUME]))
    chosen = draw(st.fixed_dictionaries(SWITCHES))
    if not chosen["autoscaling.enabled"]:
        chosen["autoscaling.schedule"] = []
    if chosen["airflow.enabled"]:
        chosen |= {"schedules.tend.enabled": False, "schedules.train.enabled": False}
    if chosen["launcher.kind"] == "local" or not chosen["rbac.create"]:
        chosen["schedules.train.enabled"] = False
    return with_values(chosen | NEEDED, base)


def test_every_object_of_every_example_is_valid(helm, ci_values):
    objects = Rendered(helm.render(ci_values))

    for each in [*objects.objects, *objects.held()]:
        check(each)

    assert objects.all("Deployment")


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(values=chosen_values())
def test_every_object_is_valid_whatever_is_switched_on(helm, values):
    objects = Rendered(helm.render(values))

    for each in [*objects.objects, *objects.held()]:
        check(each)
    assert not [
        name for name, times in Counter(map(identity, objects.objects)).items() if times > 1
    ]


def identity(each):
    return each["kind"], each["metadata"]["name"]


def test_helm_finds_nothing_to_complain_of(helm, ci_values):
    report = helm.lint(ci_values)

    assert (report["errors"], report["messages"]) == ([], [])


def test_the_values_as_they_are_shipped_are_well_formed(helm):
    assert helm.lint({})["errors"] == []


def test_names_and_labels_are_no_longer_than_kubernetes_takes(helm, ci_values):
    long = "a-release-of-a-name-that-is-long"

    objects = Rendered(helm.render(ci_values, release=long)).objects

    for each in objects:
        limit = 52 if each["kind"] == "CronJob" else 63
        assert len(each["metadata"]["name"]) <= limit
        assert all(len(label) <= 63 for label in each["metadata"]["labels"].values())


def test_every_object_says_whose_it_is(helm, ci_values):
    for each in Rendered(helm.render(ci_values)).objects:
        is_airflows = each["metadata"]["name"] == "shop-airflow" and each["kind"] == "ConfigMap"
        assert each["metadata"]["namespace"] == ("airflow" if is_airflows else "reco")
        assert each["metadata"]["name"].startswith("shop-")
        assert each["metadata"]["labels"]["app.kubernetes.io/instance"] == "shop"


def test_an_upgrade_finds_the_selectors_that_it_left(helm, ci_values):
    """A Deployment's selector cannot change: what does change with a version has no place in it."""
    found = [
        selector
        for each in Rendered(helm.render(ci_values)).objects
        for selector in labels_selected(each)
    ]

    assert found
    for selector in found:
        assert set(selector) <= {
            *(f"app.kubernetes.io/{part}" for part in ("name", "instance", "component")),
            "recommender/port",
        }
        assert not [value for value in selector.values() if re.search(r"\d\.\d", value)]


def labels_selected(each):
    """What the object selects pods or Services by."""
    spec = each.get("spec", {})
    match each["kind"]:
        case "Deployment" | "PodDisruptionBudget" | "ServiceMonitor":
            yield spec["selector"]["matchLabels"]
        case "Service":
            yield spec["selector"]
        case "NetworkPolicy":
            yield spec["podSelector"]["matchLabels"]


def test_every_selector_of_a_service_or_policy_finds_pods_of_the_chart(helm, ci_values):
    objects = Rendered(helm.render(ci_values))
    pods = list(objects.pods())

    for each in objects.all("Service") + objects.all("NetworkPolicy"):
        for selector in labels_selected(each):
            found = [pod for pod in pods if selector.items() <= pod.labels.items()]
            assert found or each["metadata"]["name"] == "shop-trainer", each["metadata"]["name"]


def test_there_is_an_example_of_each_size():
    assert {path.stem for path in CI_VALUES} == {"small-values", "s3-values", "many-tenants-values"}
