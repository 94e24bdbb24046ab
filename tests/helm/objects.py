"""What a chart renders to: Kubernetes objects, strictly valid, to be asked for by kind and name."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import kubernetes_validate
import kubernetes_validate.utils
import yaml

kubernetes_validate.utils.schema_contents = cache(kubernetes_validate.utils.schema_contents)
"""It reads a megabyte of definitions anew for every object."""
NEWEST = kubernetes_validate.latest_version()
OLDEST = "1.30"
"""As `kubeVersion` in Chart.yaml says."""

Object = dict[str, Any]


class Pod(NamedTuple):
    """A pod that something of the chart makes, wherever its template stands."""

    maker: str
    labels: dict[str, str]
    spec: Object


class Rendered:
    """The objects of one rendering."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.objects = [
            document
            for path, text in texts.items()
            if path.endswith(".yaml")
            for document in yaml.safe_load_all(text)
            if document
        ]

    def kinds(self) -> set[str]:
        return {each["kind"] for each in self.objects}

    def all(self, kind: str) -> list[Object]:
        return [each for each in self.objects if each["kind"] == kind]

    def one(self, kind: str, name: str = "") -> Object:
        found = [each for each in self.all(kind) if name in {"", each["metadata"]["name"]}]
        assert len(found) == 1, [each["metadata"]["name"] for each in self.all(kind)]
        return found[0]

    def api(self) -> Object:
        return self.one("Deployment", "shop-api")

    def api_pod(self) -> Object:
        return self.api()["spec"]["template"]["spec"]

    def api_environment(self) -> dict[str, Any]:
        return environment_of(self.api_pod())

    def job_pod(self) -> Object:
        return yaml.safe_load(self.one("ConfigMap", "shop-job-pod")["data"]["pod.yaml"])

    def pods(self) -> Iterator[Pod]:
        for each in self.objects:
            for template in templates_in(each):
                name = f"{each['kind']} {each['metadata']['name']}"
                yield Pod(name, template["metadata"]["labels"], template["spec"])

    def held(self) -> Iterator[Object]:
        """The objects that lie as text in ConfigMaps, for others to make."""
        for each in self.all("ConfigMap"):
            for file, text in each["data"].items():
                document = yaml.safe_load(text) if file in HELD else None
                if document:
                    yield document


HELD = {"pod.yaml", "job.yaml", "executor.yaml"}


def templates_in(each: Object) -> Iterator[Object]:
    if each["kind"] in {"Deployment", "Job"}:
        yield each["spec"]["template"]
    if each["kind"] == "CronJob":
        yield each["spec"]["jobTemplate"]["spec"]["template"]
    if each["kind"] == "Pod":
        yield each
    if each["kind"] == "ConfigMap":
        for held in Rendered.held(_Only(each)):
            yield from templates_in(held)


class _Only(Rendered):
    def __init__(self, each: Object) -> None:
        self.objects = [each]


def environment_of(pod: Object) -> dict[str, Any]:
    """Variable → its value, or where it comes from, of the one container."""
    (container,) = pod["containers"]
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


def check(each: Object) -> None:
    """
    Strictly, against the oldest and the newest Kubernetes that count; the operator's kinds by hand.

    Raises:
        ValidationError: where Kubernetes would not take it.
    """
    if each["apiVersion"] == "monitoring.coreos.com/v1":
        check_monitoring(each)
        return
    for version in (OLDEST, NEWEST):
        _check_text(json.dumps(each, sort_keys=True), version)


@cache
def _check_text(text: str, version: str) -> None:
    """Most objects of two renderings are the same, and schemas are large."""
    kubernetes_validate.validate(json.loads(text), version, strict=True)


def check_monitoring(each: Object) -> None:
    """Prometheus Operator's kinds, as far as this chart uses them."""
    spec = each["spec"]
    if each["kind"] == "ServiceMonitor":
        assert set(spec) == {"namespaceSelector", "selector", "endpoints"}
        assert set(spec["selector"]) == {"matchLabels"}
        assert [set(one) for one in spec["endpoints"]] == [{"port", "path", "interval"}]
        return
    assert each["kind"] == "PrometheusRule"
    assert set(spec) == {"groups"}
    for group in spec["groups"]:
        assert group["name"]
        for rule in group["rules"]:
            assert rule["expr"]
            assert ("alert" in rule) != ("record" in rule)
