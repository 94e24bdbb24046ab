"""What the chart brings for Prometheus and Grafana, as it lies there, and what a server exports."""

import re
from pathlib import Path

import yaml

from recommender_api.telemetry.metrics import Metrics
from recommender_api.watch.watch import Watch

ROOT = Path(__file__).parents[2]
FILES = ROOT / "helm" / "recommender" / "files"
RUNBOOKS = ROOT / "docs" / "runbooks"
ALERTS = sorted((FILES / "alerts").glob("*.yaml"))
DASHBOARDS = sorted((FILES / "dashboards").glob("*.json"))
NAME = re.compile(r"\brecommender_api_\w+")


def rules():
    """Every rule of every group."""
    groups = [group for path in ALERTS for group in yaml.safe_load(path.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def alerts():
    return [rule for rule in rules() if "alert" in rule]


def recorded():
    return {rule["record"] for rule in rules() if "record" in rule}


def families():
    """All that one server with one process exports."""
    metrics = Metrics()
    watch = Watch(tuple, lambda _: None, {})
    return [*metrics.registry.collect(), *watch.collect()]


def exported():
    """Every name that Prometheus keeps of it."""
    names = set()
    for family in families():
        endings = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
        names |= {family.name + ending for ending in endings.get(family.type, [""])}
    return names
