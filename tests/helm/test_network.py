"""All traffic is denied that the chart does not name, and what is needed is named."""

import pytest

from tests.helm.objects import Rendered


def policy(objects: Rendered, component: str):
    return objects.one("NetworkPolicy", f"shop-{component}")["spec"]


def ports_to(spec, direction="egress"):
    return {port["port"] for rule in spec.get(direction, []) for port in rule.get("ports", [])}


def test_everything_is_denied_to_every_pod_first(helm, ci_values):
    objects = Rendered(helm.render(ci_values))

    deny = policy(objects, "deny")

    assert deny["policyTypes"] == ["Ingress", "Egress"]
    assert not deny.keys() & {"ingress", "egress"}
    selector = deny["podSelector"]["matchLabels"].items()
    assert all(selector <= pod.labels.items() for pod in objects.pods())


def test_every_component_is_let_to_what_it_needs(helm, ci_values):
    objects = Rendered(helm.render(ci_values))
    named = {each["metadata"]["name"] for each in objects.all("NetworkPolicy")}

    assert {f"shop-{pod.labels['app.kubernetes.io/component']}" for pod in objects.pods()} <= named


def test_the_internal_port_is_open_to_those_alone_who_watch(rendered):
    monitoring = [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]

    spec = policy(rendered({"networkPolicy.metricsFrom": monitoring}), "api")

    public, internal = spec["ingress"]
    assert (public["ports"][0]["port"], internal["ports"][0]["port"]) == ("http", "internal")
    assert "from" not in public
    assert internal["from"] == monitoring


def test_the_public_port_can_be_kept_to_some(rendered):
    gateway = [{"podSelector": {"matchLabels": {"app": "gateway"}}}]

    spec = policy(rendered({"networkPolicy.from": gateway}), "api")

    assert spec["ingress"][0]["from"] == gateway


@pytest.mark.parametrize(("kind", "is_reached"), [("kubernetes", True), ("local", False)])
def test_the_kubernetes_api_is_reached_by_who_starts_jobs(rendered, kind, is_reached):
    spec = policy(rendered({"launcher.kind": kind}), "api")

    assert (6443 in ports_to(spec)) is is_reached


def test_jobs_reach_the_store_and_names_and_nobody_reaches_them(rendered):
    store = {"cidrs": ["10.1.0.0/16"], "ports": [9000]}

    spec = policy(rendered({"networkPolicy.store": store}), "trainer")

    assert ports_to(spec) == {53, 9000}
    assert "Ingress" in spec["policyTypes"]
    assert "ingress" not in spec


def test_pods_that_airflow_starts_are_held_to_the_same(rendered):
    selector = policy(rendered(), "trainer")["podSelector"]["matchLabels"]

    assert set(selector) == {"app.kubernetes.io/name", "app.kubernetes.io/component"}


def test_the_bundled_redis_is_the_apis_alone(rendered):
    objects = rendered({"redis.url": "", "redis.bundled.enabled": True})

    spec = policy(objects, "redis")

    (rule,) = spec["ingress"]
    assert rule["from"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "api"
    assert ports_to(policy(objects, "api")) >= {6379}


def test_more_egress_is_the_apis_and_the_jobs(rendered):
    more = [{"to": [{"ipBlock": {"cidr": "10.9.0.0/16"}}], "ports": [{"port": 5000}]}]

    objects = rendered({"networkPolicy.moreEgress": more})

    assert more[0] in policy(objects, "api")["egress"]
    assert more[0] in policy(objects, "trainer")["egress"]


def test_no_policies_where_none_are_wanted(rendered):
    assert "NetworkPolicy" not in rendered({"networkPolicy.enabled": False}).kinds()
