"""What is done by the clock without Airflow: the store is tended, and who is due is trained."""

import pytest

from recommender_cli.command import app
from tests.airflow_dags.test_commands import parsed
from tests.helm.objects import Rendered, environment_of

BOTH = {"schedules.tend.enabled": True, "schedules.train.enabled": True}
AIRFLOWS = {
    "launcher.kind": "airflow",
    "airflow.url": "http://airflow:8080",
    "airflow.credentials.secretName": "airflow",
}


def pod_of(objects: Rendered, name: str):
    job = objects.one("CronJob", name)["spec"]["jobTemplate"]["spec"]
    return job["template"]["spec"]


def rules(objects: Rendered, name: str):
    return objects.one("Role", name)["rules"]


def test_nothing_is_done_by_the_clock_that_was_not_asked_for(rendered):
    assert "CronJob" not in rendered().kinds()


@pytest.mark.parametrize("name", ["shop-tend-store", "shop-train-due"])
def test_its_command_line_is_one_that_the_platform_takes(rendered, name):
    (container,) = pod_of(rendered(BOTH), name)["containers"]

    assert container["command"] == ["recommender"]
    assert parsed(container["args"]).get("start", True) is True
    assert app.info.name == "recommender"


def test_the_store_is_tended_as_a_job_is_run_and_may_do_nothing_in_the_cluster(rendered):
    objects = rendered(BOTH | {"schedules.tend.class": "large"})

    pod = pod_of(objects, "shop-tend-store")

    assert pod["serviceAccountName"] == "shop-trainer"
    assert pod["automountServiceAccountToken"] is False
    assert pod["containers"][0]["resources"]["limits"]["memory"] == "64Gi"
    assert environment_of(pod)["RECOMMENDER_STORE_URL"] == "s3://recommender/production"


def test_it_is_tended_by_one_at_a_time_and_tried_again_the_next_night(rendered):
    spec = rendered(BOTH).one("CronJob", "shop-tend-store")["spec"]

    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0


def test_trainings_are_begun_as_the_api_begins_them_and_with_no_more_rights(rendered):
    objects = rendered(BOTH)

    pod = pod_of(objects, "shop-train-due")

    told, api = environment_of(pod), objects.api_environment()
    assert {name for name in api if "KUBERNETES" in name or "LAUNCHER" in name} <= set(told)
    assert "RECOMMENDER_ADMIN_TOKEN" not in told
    assert pod["serviceAccountName"] == "shop-schedule"
    assert rules(objects, "shop-schedule") == rules(objects, "shop-api")


def test_under_an_airflow_of_somebody_else_s_it_has_no_rights_and_no_token(rendered):
    objects = rendered(BOTH | AIRFLOWS)

    pod = pod_of(objects, "shop-train-due")

    assert pod["automountServiceAccountToken"] is False
    assert "Role" not in objects.kinds()
    spec = objects.one("NetworkPolicy", "shop-schedule")["spec"]
    assert {8080} <= {one["port"] for rule in spec["egress"] for one in rule["ports"]}


def test_on_a_volume_of_one_node_they_go_where_the_api_is(helm):
    values = {
        "store": {"volume": {"enabled": True}},
        "autoscaling": {"enabled": False},
        "api": {"replicas": 1, "workers": 1},
        "schedules": {"tend": {"enabled": True}, "train": {"enabled": True}},
    }

    objects = Rendered(helm.render(values))

    for name in ("shop-tend-store", "shop-train-due"):
        pod = pod_of(objects, name)
        assert pod["affinity"]["podAffinity"]
        assert {"/tmp", "/var/lib/recommender"} <= {
            mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]
        }
