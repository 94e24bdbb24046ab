"""What contradicts itself is refused with one sentence, before anything is made."""

import pytest

from tests.helm.conftest import BUCKET, with_values
from tests.helm.helm_process import CHART, Refused
from tests.helm.objects import Rendered

VOLUME = {"store": {"volume": {"enabled": True}}}
SMALL = {"autoscaling.enabled": False, "api.replicas": 1, "api.workers": 1}
AIRFLOW = {
    "airflow.enabled": True,
    "airflow.serviceAccounts": ["airflow-worker"],
    "airflow.environmentSecret": "recommender",
    "airflow.dags.from": "image",
}
CONTRADICTIONS = [
    ({}, {}, "no store: set store.url"),
    (BUCKET, {"store.volume.enabled": True}, "two stores"),
    (BUCKET, {"secretKey.secretName": ""}, "a bucket takes a secret key that every pod knows"),
    (
        VOLUME,
        SMALL | {"autoscaling.enabled": True},
        "a ReadWriteOnce volume is one node's, and the API may have 20 replicas",
    ),
    (VOLUME, SMALL | {"api.replicas": 3}, "the API may have 3 replicas"),
    (
        VOLUME,
        SMALL | {"store.volume.accessMode": "ReadWriteOncePod"},
        "a ReadWriteOncePod volume is the API's pod's alone",
    ),
    (VOLUME, SMALL | {"store.s3.endpoint": "https://s3.internal"}, "there is none: set store.url"),
    (BUCKET, {"redis.url": ""}, "more than one worker needs a history that they share"),
    (BUCKET, {"redis.bundled.enabled": True}, "more than one Redis"),
    (
        BUCKET,
        {"api.resources": {"requests": {"cpu": None}}},
        "the autoscaler measures against the CPU that is requested",
    ),
    (BUCKET, {"autoscaling.minReplicas": 30}, "minReplicas is more than autoscaling.maxReplicas"),
    (
        BUCKET,
        {
            "autoscaling.enabled": False,
            "autoscaling.schedule": [{"name": "a", "cron": "0 7 * * *", "minReplicas": 3}],
        },
        "raises the floor of an autoscaler that is not there",
    ),
    (
        BUCKET,
        {"autoscaling.schedule": [{"name": "a", "cron": "0 7 * * *", "minReplicas": 21}]},
        "schedule a asks for more replicas than autoscaling.maxReplicas",
    ),
    (BUCKET, {"rbac.create": False}, "launcher.kind kubernetes needs the right to make jobs"),
    (BUCKET, {"launcher.kind": "airflow"}, "launcher.kind airflow needs airflow.url"),
    (
        BUCKET,
        {"launcher.kind": "airflow", "airflow.url": "http://airflow:8080"},
        "set airflow.credentials.secretName",
    ),
    (
        BUCKET,
        {"airflow.enabled": True, "airflow.dags.from": "image"},
        "name them in airflow.serviceAccounts",
    ),
    (
        BUCKET,
        {"airflow": {"enabled": True, "serviceAccounts": ["a"], "dags": {"from": "image"}}},
        "name it in airflow.environmentSecret",
    ),
    (
        BUCKET,
        AIRFLOW | {"schedules.tend.enabled": True},
        "Airflow's DAG tend_store does what schedules.tend would do too",
    ),
    (
        BUCKET,
        AIRFLOW | {"schedules.train.enabled": True},
        "Airflow's DAG train_tenants does what schedules.train would do too",
    ),
    (
        BUCKET,
        {"launcher.kind": "local", "schedules.train.enabled": True},
        "schedules.train begins trainings that outlive its pod",
    ),
    (
        BUCKET,
        {
            "rbac.create": False,
            "api.serviceAccount.name": "mine",
            "schedules.train.enabled": True,
        },
        "schedules.train needs the right to make jobs",
    ),
    (BUCKET, {"spark.enabled": True}, "spark.enabled needs spark.image"),
    (
        VOLUME,
        SMALL | {"spark.enabled": True, "spark.image": "spark:1"},
        "Spark's executors read the store from many nodes",
    ),
    (
        BUCKET,
        {"spark.properties": {"spark.hadoop.fs.s3a.secret.key": "s3cr3t"}},
        "spark.properties holds spark.hadoop.fs.s3a.secret.key in plain values",
    ),
    (BUCKET, {"ingress.enabled": True}, "ingress.enabled needs ingress.hosts"),
    (
        BUCKET,
        {"ingress.enabled": True, "ingress.hosts": ["a.internal"]},
        "keys travel in a header: set ingress.tls.secretName",
    ),
    (BUCKET, {"redis.url": "redis://:s3cr3t@redis:6379"}, "redis.url holds a password"),
    (BUCKET, {"store.url": "s3://ann:s3cr3t@bucket/a"}, "store.url holds credentials"),
    (BUCKET, {"airflow.url": "https://ann:s3cr3t@airflow"}, "airflow.url holds a password"),
    (
        BUCKET,
        {"trainer.environment": {"OTEL_EXPORTER_OTLP_HEADERS": "authorization=s3cr3t"}},
        "trainer.environment holds OTEL_EXPORTER_OTLP_HEADERS in plain values",
    ),
    (
        BUCKET,
        {"api.environment": {"RECOMMENDER_ADMIN_TOKEN": "s3cr3t"}},
        "api.environment holds RECOMMENDER_ADMIN_TOKEN in plain values",
    ),
    (
        BUCKET,
        {"trainer.environment": {"AWS_SECRET_ACCESS_KEY": "s3cr3t"}},
        "name that Secret in trainer.environmentSecrets",
    ),
    (
        BUCKET,
        {"trainer.environment": {"MLFLOW_TRACKING_URI": "https://ann:s3cr3t@mlflow"}},
        "trainer.environment holds MLFLOW_TRACKING_URI in plain values",
    ),
    (BUCKET, {"api.shelfMebibytes": 2048}, "nothing is left to answer with"),
]


@pytest.mark.parametrize(
    ("base", "more", "sentence"), CONTRADICTIONS, ids=[one[2][:50] for one in CONTRADICTIONS]
)
def test_a_contradiction_is_refused_with_a_sentence(helm, base, more, sentence):
    with pytest.raises(Refused) as refused:
        helm.render(with_values(more, base))

    assert sentence in str(refused.value)
    assert "s3cr3t" not in str(refused.value)


def test_every_sentence_of_the_chart_is_tried_here():
    text = (CHART / "templates" / "refuse.yaml").read_text(encoding="utf-8")

    packed_without_dags = 1
    tried = {sentence for _, _, sentence in CONTRADICTIONS} - {
        "the API may have 3 replicas",  # five more ways into a sentence
        "trainer.environment holds OTEL_EXPORTER_OTLP_HEADERS in plain values",
        "Airflow's DAG train_tenants does what schedules.train would do too",
        "name that Secret in trainer.environmentSecrets",
        "trainer.environment holds MLFLOW_TRACKING_URI in plain values",
    }

    assert text.count("{{- fail ") == len(tried) + packed_without_dags


def test_a_schedule_of_a_name_too_long_for_a_cron_job_is_refused(helm):
    schedule = [{"name": "before-the-evening", "cron": "0 7 * * *", "minReplicas": 3}]

    with pytest.raises(Refused, match="52 characters"):
        helm.render(
            with_values({"autoscaling.schedule": schedule}),
            release="recommender-of-the-whole-company",
        )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("api.replcas", 3),
        ("api.replicas", 0),
        ("store.url", "https://bucket.internal"),
        ("redis.url", "memcached://redis"),
        ("launcher.kind", "cron"),
        ("api.ending.drainS", 20),
        ("secretKey.secretName", "Not A Name"),
        ("image.api.digest", "latest"),
        ("autoscaling.schedule", [{"name": "a", "cron": "soon", "minReplicas": 3}]),
        ("networkPolicy.store.cidrs", ["everywhere"]),
        ("surprise", True),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_the_schema(helm, path, value):
    with pytest.raises(Refused, match=r"don't meet the specifications of the schema"):
        helm.render(with_values({path: value}))


def test_what_holds_no_secret_may_stand_in_plain_values(rendered):
    objects: Rendered = rendered({"api.environment": {"RECOMMENDER_ANSWER_LIMIT_MS": "2000"}})

    assert objects.api_environment()["RECOMMENDER_ANSWER_LIMIT_MS"] == "2000"
