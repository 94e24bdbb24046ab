"""No value is there for nothing: whichever is changed, something that is rendered changes."""

import copy

import pytest
import yaml

from tests.helm.helm_process import CHART

DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
SECRET = {"secretName": "recommender"}
ALL = {
    "store": {"url": "s3://a/b", "s3": {"endpoint": "https://s3.internal", "credentials": SECRET}},
    "secretKey": SECRET,
    "adminToken": SECRET,
    "redis": {"urlSecret": SECRET},
    "autoscaling": {"requestRate": {"enabled": True}},
    "airflow": {
        "enabled": True,
        "url": "http://airflow",
        "dags": {"from": "image"},
        "serviceAccounts": ["airflow-worker"],
        "environmentSecret": "recommender",
        "credentials": SECRET,
    },
    "spark": {"enabled": True, "image": "spark:1"},
    "ingress": {"enabled": True, "hosts": ["a.internal"], "tls": {"secretName": "a-tls"}},
    "observability": {
        "serviceMonitor": {"enabled": True},
        "prometheusRule": {"enabled": True},
        "dashboards": {"enabled": True},
    },
}
FLOORS = {"autoscaling": {"schedule": [{"name": "a", "cron": "0 7 * * *", "minReplicas": 3}]}}
FIXED = {"autoscaling": {"enabled": False}, "api": {"replicas": 1, "workers": 1}}
BUNDLED = {"redis": {"urlSecret": {"secretName": ""}, "bundled": {"enabled": True}}}
VOLUME = FIXED | {
    "store": {"url": "", "s3": {"endpoint": "", "credentials": {"secretName": ""}}}
    | {"volume": {"enabled": True}},
    "spark": {"enabled": False},
}
CLOCKED = {
    "airflow": {"enabled": False},
    "schedules": {"tend": {"enabled": True}, "train": {"enabled": True}},
}
SCHEDULED = (
    *("schedules.tend.enabled", "schedules.tend.cron", "schedules.tend.class"),
    *("schedules.train.enabled", "schedules.train.cron", "schedules.timeZone"),
)
RUNS_DAGS = {"launcher": {"kind": "airflow"}}
BESIDE = {
    "autoscaling.timeZone": FLOORS,
    "api.replicas": FIXED,
    "redis.bundled.image": BUNDLED,
    "redis.bundled.maxMemoryMebibytes": BUNDLED,
    "redis.bundled.resources.requests": BUNDLED,
    "redis.bundled.resources.limits": BUNDLED,
    **{f"store.volume.{key}": VOLUME for key in DEFAULTS["store"]["volume"] if key != "enabled"},
    **{f"airflow.credentials.{key}": RUNS_DAGS for key in DEFAULTS["airflow"]["credentials"]},
    "airflow.url": RUNS_DAGS,
    "networkPolicy.airflow.cidrs": RUNS_DAGS,
    "networkPolicy.airflow.ports": RUNS_DAGS,
    **dict.fromkeys(SCHEDULED, CLOCKED),
    "rbac.create": {"api": {"serviceAccount": {"name": "mine"}}},
}
"""What has to be so for a value to count."""

ADDRESSES = ("store", "redis", "airflow", "kubernetesApi")
PEER = [{"namespaceSelector": {"matchLabels": {"a": "b"}}}]
OTHER = {
    "image.pullPolicy": "Always",
    "image.api.digest": "sha256:" + "0f" * 32,
    "image.trainer.digest": "sha256:" + "0f" * 32,
    "store.url": "gs://c/d",
    "store.s3.endpoint": "https://other.internal",
    "store.volume.size": "7Gi",
    "store.volume.accessMode": "ReadWriteMany",
    "redis.url": "redis://a:1",
    "logFormat": "console",
    "api.topologySpread.zones": "DoNotSchedule",
    "api.topologySpread.nodes": "DoNotSchedule",
    "api.resources.limits": {"memory": "9Gi"},
    "api.resources.requests": {"cpu": "9"},
    "api.tolerations": [{"key": "a", "operator": "Exists"}],
    "trainer.tolerations": [{"key": "a", "operator": "Exists"}],
    "api.affinity": {"nodeAffinity": {}},
    "autoscaling.schedule": FLOORS["autoscaling"]["schedule"],
    "autoscaling.timeZone": "Europe/Berlin",
    "schedules.timeZone": "Europe/Berlin",
    "schedules.tend.class": "large",
    "schedules.tend.cron": "7 3 * * *",
    "schedules.train.cron": "7 * * * *",
    "launcher.kind": "local",
    "redis.bundled.resources.requests": {"cpu": "9"},
    "redis.bundled.resources.limits": {"memory": "9Gi"},
    "spark.executorMemory": "7g",
    "spark.executorMemoryOverhead": "7g",
    "spark.driverMemory": "7g",
    "spark.properties": {"spark.a": "b"},
    "airflow.url": "http://other",
    "service.type": "NodePort",
    "observability.serviceMonitor.interval": "7s",
    "networkPolicy.moreEgress": [{"to": PEER}],
    "networkPolicy.from": PEER,
    "networkPolicy.metricsFrom": PEER,
    **{f"networkPolicy.{to}.cidrs": ["10.7.0.0/16"] for to in ADDRESSES},
    **{f"networkPolicy.{to}.ports": [7] for to in ADDRESSES},
}
"""Of values that do not take just anything, another one that they take."""

WITH = {
    "store.volume.enabled": VOLUME,
    "redis.url": {"redis": {"urlSecret": {"secretName": ""}}},
    "redis.bundled.enabled": BUNDLED,
}
"""What has to change along with a value."""

ELSEWHERE = {
    # These switch on files; whether the chart holds any is their authors' matter.
    "observability.prometheusRule.enabled",
    "observability.prometheusRule.labels",
    "observability.dashboards.enabled",
    "observability.dashboards.labels",
    "observability.dashboards.annotations",
    # Tried in test_observability: a checkout holds no DAGs in its chart.
    "airflow.dags.from",
    # What switches it off leaves something contradictory, or empties one that must be there.
    "ingress.hosts",
}


def leaves(values, above=""):
    for key, value in values.items():
        path = f"{above}{key}"
        is_group = isinstance(value, dict) and value and not is_whole(path)
        yield from leaves(value, f"{path}.") if is_group else [path]


def is_whole(path):
    """Groups whose keys are Kubernetes' own, or all of one kind."""
    return path.endswith((".requests", ".limits", ".labels")) or "trainer.classes." in path


def another(path, value):
    if "trainer.classes." in path:
        return {"cpu": 9, "memory": "9Gi", "disk": "9Gi"}
    kinds = {bool: lambda: not value, int: lambda: value + 1}
    others = {str: "other", list: ["other"], dict: {"OTHER": "other"}}
    kind = type(value)
    return OTHER.get(path) or (kinds[kind]() if kind in kinds else others[kind])


def laid(below, above):
    """`above` over `below`, key by key."""
    out = copy.deepcopy(below)
    for key, value in above.items():
        is_group = isinstance(value, dict) and isinstance(out.get(key), dict)
        out[key] = laid(out[key], value) if is_group else copy.deepcopy(value)
    return out


def at(path, value):
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


def value_at(values, path):
    for key in path.split("."):
        values = values[key]
    return values


@pytest.mark.parametrize("path", [path for path in leaves(DEFAULTS) if path not in ELSEWHERE])
def test_a_changed_value_changes_what_is_made(helm, path):
    before = laid(ALL, BESIDE.get(path, {}))
    other = another(path, value_at(laid(DEFAULTS, before), path))

    after = laid(laid(before, WITH.get(path, {})), at(path, other))

    assert helm.render(before) != helm.render(after)
