"""Alerts and dashboards are the files of the chart, whichever there are; metrics are found."""

import json
import shutil

import pytest
import yaml

from tests.helm.conftest import with_values
from tests.helm.helm_process import CHART
from tests.helm.objects import Rendered, check

ALL = {
    "observability.serviceMonitor.enabled": True,
    "observability.prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
    "observability.dashboards": {"enabled": True, "annotations": {"grafana_folder": "Ours"}},
}
GROUPS = {
    "groups": [
        {
            "name": "store",
            "rules": [
                {
                    "alert": "StoreAway",
                    "expr": "up == 0",
                    "annotations": {"summary": "{{ $labels.pod }} is away"},
                }
            ],
        }
    ]
}
DASHBOARD = {"title": "Overview", "panels": [{"legend": "{{tenant}}"}]}


@pytest.fixture
def chart(tmp_path):
    """A copy of the chart whose files this test chooses."""
    copy = tmp_path / "recommender"
    shutil.copytree(CHART, copy)
    for folder in ("alerts", "dashboards", "airflow_dags"):
        shutil.rmtree(copy / "files" / folder, ignore_errors=True)
    return copy


def put(chart, path, text):
    (chart / "files" / path).parent.mkdir(exist_ok=True, parents=True)
    (chart / "files" / path).write_text(text, encoding="utf-8")


def test_every_file_of_alerts_becomes_a_rule_as_it_is(helm, chart):
    put(chart, "alerts/store.yaml", yaml.safe_dump(GROUPS))

    rule = Rendered(helm.render(with_values(ALL), chart=chart)).one("PrometheusRule")

    check(rule)
    assert rule["spec"] == GROUPS
    assert rule["metadata"]["name"] == "shop-alerts-store"
    assert rule["metadata"]["labels"]["release"] == "prometheus"


def test_every_dashboard_becomes_a_config_map_that_grafana_finds(helm, chart):
    put(chart, "dashboards/overview.json", json.dumps(DASHBOARD, indent=2))

    objects = Rendered(helm.render(with_values(ALL), chart=chart))

    found = objects.one("ConfigMap", "shop-dashboard-overview")
    assert json.loads(found["data"]["overview.json"]) == DASHBOARD
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert found["metadata"]["annotations"] == {"grafana_folder": "Ours"}


def test_no_files_are_no_alerts_and_no_error(helm, chart):
    objects = Rendered(helm.render(with_values(ALL), chart=chart))

    assert "PrometheusRule" not in objects.kinds()
    assert "ServiceMonitor" in objects.kinds()


def test_prometheus_finds_the_internal_port_of_every_pod(rendered):
    objects = rendered(ALL)

    monitor = objects.one("ServiceMonitor")["spec"]
    service = objects.one("Service", "shop-api-internal")

    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["endpoints"][0]["port"] == service["spec"]["ports"][0]["name"]
    public = objects.one("Service", "shop-api")["metadata"]["labels"]
    assert not monitor["selector"]["matchLabels"].items() <= public.items()


AIRFLOW = {
    "airflow.enabled": True,
    "airflow.namespace": "airflow",
    "airflow.serviceAccounts": ["airflow-worker"],
    "airflow.environmentSecret": "recommender",
}


def test_dags_that_were_packed_come_as_they_are(helm, chart):
    put(chart, "airflow_dags/train_tenants.py", '"""{{ not a template }}"""\n')
    put(chart, "airflow_dags/jobs/job.py", "JOB = 1\n")

    texts = helm.render(with_values(AIRFLOW), chart=chart)

    found = Rendered(texts).one("ConfigMap", "shop-airflow-dags")
    notes = yaml.safe_load(texts["recommender/templates/NOTES.txt"].partition("own chart:")[2])
    items = notes["volumes"][0]["configMap"]["items"]
    assert found["metadata"]["namespace"] == "airflow"
    assert {each["path"]: found["data"][each["key"]] for each in items} == {
        "train_tenants.py": '"""{{ not a template }}"""\n',
        "jobs/job.py": "JOB = 1\n",
    }


def test_a_chart_without_dags_says_so(helm, chart):
    with pytest.raises(Exception, match="packed without DAGs"):
        helm.render(with_values(AIRFLOW), chart=chart)
