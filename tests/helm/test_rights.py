"""Nobody in the cluster may do more than it has to, and no pod more than it needs."""

import pytest
import yaml

from airflow_dags.pod import SPARK
from airflow_dags.pod import pod as pod_of_a_dag
from airflow_dags.settings import DagSettings
from tests.helm.conftest import with_values
from tests.helm.objects import Rendered
from trainers.spark.settings import SparkSettings

AIRFLOW = {
    "airflow.enabled": True,
    "airflow.namespace": "airflow",
    "airflow.serviceAccounts": ["airflow-worker"],
    "airflow.environmentSecret": "recommender",
    "airflow.dags.from": "image",
}


def rights(objects: Rendered, name: str):
    return {
        (resource, verb)
        for rule in objects.one("Role", name)["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_the_api_may_make_jobs_in_its_own_namespace_and_read_what_they_say(rendered):
    objects = rendered()

    assert rights(objects, "shop-api") == {
        *(("jobs", verb) for verb in ("create", "get", "patch")),
        ("pods", "list"),
        ("pods/log", "get"),
    }
    assert objects.one("RoleBinding")["subjects"] == [
        {"kind": "ServiceAccount", "name": "shop-api", "namespace": "reco"}
    ]


def test_nobody_has_rights_in_the_whole_cluster(helm, ci_values):
    objects = Rendered(helm.render(ci_values))

    assert not objects.kinds() & {"ClusterRole", "ClusterRoleBinding"}
    for role in objects.all("Role"):
        for rule in role["rules"]:
            assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
            assert "secrets" not in rule["resources"]


@pytest.mark.parametrize("kind", ["airflow", "local"])
def test_an_api_that_starts_no_jobs_here_has_no_token(rendered, kind):
    airflow = {"airflow.url": "http://airflow:8080", "airflow.credentials.secretName": "airflow"}

    objects = rendered({"launcher.kind": kind, **airflow})

    assert objects.api_pod()["automountServiceAccountToken"] is False
    assert "Role" not in objects.kinds()


def test_jobs_have_an_account_of_their_own_without_any_right(rendered):
    objects = rendered()
    bound = {each["name"] for one in objects.all("RoleBinding") for each in one["subjects"]}

    pod = objects.job_pod()["spec"]

    assert pod["serviceAccountName"] == "shop-trainer"
    assert "shop-trainer" not in bound
    assert pod["automountServiceAccountToken"] is False


def test_accounts_that_are_there_already_are_taken(rendered):
    objects = rendered({"api.serviceAccount.name": "mine", "trainer.serviceAccount.name": "ours"})

    assert objects.api_pod()["serviceAccountName"] == "mine"
    assert objects.one("RoleBinding")["subjects"][0]["name"] == "mine"
    assert objects.api_environment()["RECOMMENDER_KUBERNETES_SERVICE_ACCOUNT"] == "ours"
    assert "ServiceAccount" not in objects.kinds()


def test_a_schedule_may_change_the_one_autoscaler(rendered):
    schedule = [{"name": "evening", "cron": "45 17 * * *", "minReplicas": 9}]

    objects = rendered({"autoscaling.schedule": schedule})

    assert objects.one("Role", "shop-floor")["rules"] == [
        {
            "apiGroups": ["autoscaling"],
            "resources": ["horizontalpodautoscalers"],
            "resourceNames": ["shop-api"],
            "verbs": ["get", "patch"],
        }
    ]


def test_airflows_workers_may_start_pods_where_jobs_run(rendered):
    objects = rendered(AIRFLOW)

    assert objects.one("RoleBinding", "shop-airflow")["subjects"] == [
        {"kind": "ServiceAccount", "name": "airflow-worker", "namespace": "airflow"}
    ]
    assert ("pods", "create") in rights(objects, "shop-airflow")
    assert not [each for each in rights(objects, "shop-airflow") if each[0] == "pods/exec"]


def test_airflow_is_told_of_this_installation_where_it_runs(rendered):
    told = rendered(AIRFLOW | {"image.trainer.repository": "registry/trainer"}).all("ConfigMap")
    found = {each["metadata"]["name"]: each for each in told}

    settings, environment = found["shop-airflow"], found["shop-environment"]
    assert settings["metadata"]["namespace"] == "airflow"
    assert settings["data"]["RECOMMENDER_DAGS_IMAGE"] == "registry/trainer:0.1.0"
    assert settings["data"]["RECOMMENDER_DAGS_CONFIG_MAP"] == "shop-environment"
    assert environment["metadata"]["namespace"] == "reco"
    assert environment["data"]["RECOMMENDER_STORE_URL"] == "s3://recommender/production"
    assert not [name for name in environment["data"] if "SECRET" in name]


def test_airflow_is_told_how_spark_is_run_where_it_is(rendered):
    spark = {"spark.enabled": True, "spark.image": "registry/spark:1"}
    told = rendered(AIRFLOW | spark).all("ConfigMap")
    found = {each["metadata"]["name"]: each["data"] for each in told}

    settings, environment = found["shop-airflow"], found["shop-environment"]
    properties = SparkSettings.from_environment(environment | {"POD_IP": "10.1.2.3"}).properties
    assert settings["RECOMMENDER_DAGS_SPARK_IMAGE"] == "registry/spark:1"
    assert settings["RECOMMENDER_DAGS_SPARK_CONFIG_MAP"] in found
    assert properties["spark.driver.host"] == "10.1.2.3"
    assert properties["spark.kubernetes.executor.podTemplateFile"] == f"{SPARK}/executor.yaml"
    made = pod_of_a_dag(DagSettings.from_environment(settings), "spark")
    (container,) = made["spec"]["containers"]
    assert container["image"] == "registry/spark:1"
    assert {"name": "spark", "mountPath": SPARK, "readOnly": True} in container["volumeMounts"]


def test_pods_run_as_nobody_on_a_file_system_that_they_cannot_write(helm, ci_values):
    pods = list(Rendered(helm.render(ci_values)).pods())

    assert pods
    for pod in pods:
        assert pod.spec["securityContext"]["runAsNonRoot"] is True
        assert pod.spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod.spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_every_pod_says_what_it_takes(helm, ci_values):
    """Those that somebody else fills in aside: Spark the executors', the API the jobs'."""
    for pod in Rendered(helm.render(ci_values)).pods():
        (container,) = pod.spec["containers"]
        if pod.maker.startswith("ConfigMap") or container["name"] == "executor":
            continue
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
        assert "memory" in container["resources"]["limits"]


def test_a_job_begins_with_the_store_and_none_of_what_is_the_apis(rendered):
    objects = rendered({"adminToken.secretName": "admins"})

    (container,) = objects.job_pod()["spec"]["containers"]
    told = {each["name"] for each in container["env"]}

    assert {"RECOMMENDER_STORE_URL", "RECOMMENDER_SECRET_KEY"} <= told
    assert not told & {"RECOMMENDER_ADMIN_TOKEN", "RECOMMENDER_REDIS_URL"}


def test_the_launcher_finds_its_pod_its_image_and_its_classes(rendered):
    objects = rendered({"trainer.classes.small.memory": "3Gi", "launcher.limitS": 7200})

    environment = objects.api_environment()
    (container,) = objects.api_pod()["containers"]
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}

    assert environment["RECOMMENDER_LAUNCHER"] == "kubernetes"
    assert environment["RECOMMENDER_KUBERNETES_POD_TEMPLATE"] == f"{mounts['job-pod']}/pod.yaml"
    assert environment["RECOMMENDER_KUBERNETES_NAMESPACE"] == "reco"
    assert environment["RECOMMENDER_KUBERNETES_IMAGE"] == "recommender-trainer:0.1.0"
    assert environment["RECOMMENDER_KUBERNETES_LIMIT_S"] == "7200"
    classes = yaml.safe_load(environment["RECOMMENDER_KUBERNETES_RESOURCES"])
    assert classes["small"] == {"cpu": "1", "memory": "3Gi", "disk": "20Gi"}
    assert set(classes) == {"small", "medium", "large", "spark"}


def test_a_changed_pod_of_jobs_reaches_the_api(rendered):
    one, other = rendered(), rendered({"trainer.nodeSelector": {"pool": "training"}})

    annotations = [
        each.api()["spec"]["template"]["metadata"]["annotations"]["checksum/job-pod"]
        for each in (one, other)
    ]
    assert annotations[0] != annotations[1]


def test_spark_is_told_where_it_runs_and_what_its_executors_are_made_from(helm):
    values = with_values({"spark.enabled": True, "spark.image": "registry/spark:1"})

    objects = Rendered(helm.render(values))
    job = yaml.safe_load(objects.one("ConfigMap", "shop-spark")["data"]["job.yaml"])

    (container,) = job["spec"]["template"]["spec"]["containers"]
    told = {each["name"]: each.get("value") for each in container["env"]}
    properties = dict(
        line.split("=", 1) for line in told["RECOMMENDER_SPARK_CONF"].strip().splitlines()
    )
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    assert properties["spark.kubernetes.namespace"] == "reco"
    assert properties["spark.kubernetes.executor.podTemplateFile"] == (
        f"{mounts['spark']}/executor.yaml"
    )
    assert told["RECOMMENDER_SPARK_MASTER"].startswith("k8s://")


@pytest.mark.parametrize(
    ("key", "variables"),
    [
        ("", {"RECOMMENDER_AIRFLOW_USER", "RECOMMENDER_AIRFLOW_PASSWORD"}),
        ("token", {"RECOMMENDER_AIRFLOW_TOKEN"}),
    ],
)
def test_airflow_is_shown_a_token_or_a_name_and_password(rendered, key, variables):
    credentials = {"secretName": "airflow", "tokenKey": key}

    objects = rendered(
        {
            "launcher.kind": "airflow",
            "airflow": {"url": "http://airflow", "credentials": credentials},
        }
    )

    told = {name for name in objects.api_environment() if name.startswith("RECOMMENDER_AIRFLOW_")}
    assert told == {"RECOMMENDER_AIRFLOW_URL"} | variables
