"""The API's pods come up, take requests, follow their load and go, without a request lost."""

import inspect

import pytest

from recommender_api.health.application import HealthApplication
from recommender_api.settings import ApiSettings
from recommender_cli.serve import serve
from recommender_cli.server import END_LIMIT_S
from recommender_cli.workers import LONGEST_PAUSE_S
from recommender_store.settings import StoreSettings
from tests.helm.objects import Rendered, environment_of


def container_of(objects: Rendered):
    (container,) = objects.api_pod()["containers"]
    return container


@pytest.mark.parametrize(
    ("probe", "path"),
    [
        ("startupProbe", "/readyz"),
        ("livenessProbe", "/livez"),
        ("readinessProbe", "/readyz"),
    ],
)
def test_probes_ask_the_internal_port(rendered, probe, path):
    container = container_of(rendered())

    assert container[probe]["httpGet"] == {"path": path, "port": "internal"}
    assert {"name": "internal", "containerPort": 9100} in container["ports"]
    assert container["args"][container["args"].index("--internal-port") + 1] == "9100"
    assert f'"{path}"' in inspect.getsource(HealthApplication)


def test_a_worker_that_is_started_anew_costs_no_restart_of_the_pod(rendered):
    probe = container_of(rendered())["livenessProbe"]

    assert probe["periodSeconds"] * probe["failureThreshold"] > 2 * LONGEST_PAUSE_S


def test_a_pod_answers_on_until_everybody_knows_that_it_goes_then_drains_to_its_end(rendered):
    objects = rendered({"api.ending": {"leaveS": 7, "announceS": 11, "drainS": 40}})

    assert container_of(objects)["lifecycle"] == {"preStop": {"sleep": {"seconds": 7}}}
    assert objects.api_environment()["RECOMMENDER_ANNOUNCE_S"] == "11"
    assert objects.api_pod()["terminationGracePeriodSeconds"] == 58


def test_the_drain_that_is_shipped_is_longer_than_the_server_takes(rendered):
    objects = rendered()
    left_s = container_of(objects)["lifecycle"]["preStop"]["sleep"]["seconds"]
    announced_s = int(objects.api_environment()["RECOMMENDER_ANNOUNCE_S"])

    given_s = objects.api_pod()["terminationGracePeriodSeconds"]

    assert given_s - left_s - announced_s > END_LIMIT_S


def test_under_an_autoscaler_nobody_else_says_how_many_replicas_there_are(rendered):
    assert "replicas" not in rendered().api()["spec"]


def test_without_an_autoscaler_the_replicas_are_those_of_the_values(rendered):
    objects = rendered({"autoscaling.enabled": False, "api.replicas": 3})

    assert objects.api()["spec"]["replicas"] == 3
    assert "HorizontalPodAutoscaler" not in objects.kinds()


def test_the_autoscaler_goes_up_fast_and_down_slowly(rendered):
    spec = rendered().one("HorizontalPodAutoscaler")["spec"]

    up, down = spec["behavior"]["scaleUp"], spec["behavior"]["scaleDown"]
    assert up["stabilizationWindowSeconds"] < down["stabilizationWindowSeconds"]
    assert {"type": "Percent", "value": 100, "periodSeconds": 15} in up["policies"]
    assert down["policies"] == [{"type": "Percent", "value": 10, "periodSeconds": 60}]
    assert [each["resource"]["name"] for each in spec["metrics"]] == ["cpu"]


def test_the_request_rate_is_a_second_measure(rendered):
    asked = {"autoscaling.requestRate": {"enabled": True, "metric": "rate", "perPod": 1500}}

    metrics = rendered(asked).one("HorizontalPodAutoscaler")["spec"]["metrics"]

    assert metrics[1]["pods"] == {
        "metric": {"name": "rate"},
        "target": {"type": "AverageValue", "averageValue": "1500"},
    }


def test_a_new_pod_is_ready_before_an_old_one_goes(rendered):
    strategy = rendered().api()["spec"]["strategy"]

    assert strategy["rollingUpdate"]["maxUnavailable"] == 0


def test_a_volume_of_one_node_is_let_go_before_the_next_pod_takes_it(helm):
    values = {
        "store": {"volume": {"enabled": True}},
        "autoscaling": {"enabled": False},
        "api": {"replicas": 1, "workers": 1},
    }

    objects = Rendered(helm.render(values))

    assert objects.api()["spec"]["strategy"] == {"type": "Recreate"}
    assert objects.api_environment()["RECOMMENDER_STORE_URL"] == "file:///var/lib/recommender"
    affinity = objects.job_pod()["spec"]["affinity"]["podAffinity"]
    assert affinity["requiredDuringSchedulingIgnoredDuringExecution"]


def test_one_replica_has_no_budget_that_would_hold_up_its_node(rendered):
    alone = rendered({"autoscaling.enabled": False, "api.replicas": 1})

    assert "PodDisruptionBudget" not in alone.kinds()
    assert rendered().one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_pods_are_spread_over_zones_and_nodes(rendered):
    constraints = rendered().api_pod()["topologySpreadConstraints"]

    assert {each["topologyKey"] for each in constraints} == {
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    }


def test_workers_are_told_of_their_part_of_the_memory_and_the_disk(rendered):
    environment = rendered({"api.shelfMebibytes": 512, "cache.gibibytes": 3}).api_environment()

    assert environment["RECOMMENDER_SHELF_BYTES"] == str(512 * 2**20)
    assert environment["RECOMMENDER_CACHE_BYTES"] == str(3 * 2**30)


def test_the_cache_fits_its_disk(rendered):
    volumes = {each["name"]: each for each in rendered({"cache.gibibytes": 3}).api_pod()["volumes"]}

    assert int(volumes["cache"]["emptyDir"]["sizeLimit"].removesuffix("Mi")) > 3 * 1024


def test_secrets_come_by_reference(helm, ci_values):
    objects = Rendered(helm.render(ci_values))
    secret = ("SECRET", "TOKEN", "PASSWORD", "ACCESS_KEY")

    told = [
        (pod.maker, name, value)
        for pod in objects.pods()
        for container in pod.spec["containers"]
        for name, value in environment_of({"containers": [{"env": [], **container}]}).items()
        if any(word in name for word in secret)
    ]

    assert told
    assert not [each for each in told if set(each[2]) != {"secretKeyRef"}]
    assert "Secret" not in objects.kinds()


def test_new_prices_reach_the_pods(rendered):
    before = rendered({"prices": {"per_million_events": 1.2}})
    after = rendered({"prices": {"per_million_events": 1.3}})

    annotations = [
        each.api()["spec"]["template"]["metadata"]["annotations"]["checksum/prices"]
        for each in (before, after)
    ]
    assert annotations[0] != annotations[1]
    assert before.api_environment()["RECOMMENDER_PRICES"] == "/etc/recommender/prices/prices.yaml"


def test_the_public_service_leads_to_no_internal_port(rendered):
    services = {each["metadata"]["name"]: each["spec"] for each in rendered().all("Service")}

    assert [each["targetPort"] for each in services["shop-api"]["ports"]] == ["http"]
    assert [each["targetPort"] for each in services["shop-api-internal"]["ports"]] == ["internal"]
    assert services["shop-api-internal"]["clusterIP"] == "None"


def test_the_ingress_speaks_tls_to_the_public_port(rendered):
    values = {"enabled": True, "hosts": ["a.internal"], "tls": {"secretName": "a-tls"}}

    spec = rendered({"ingress": values}).one("Ingress")["spec"]

    assert spec["tls"] == [{"secretName": "a-tls", "hosts": ["a.internal"]}]
    backend = spec["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": "shop-api", "port": {"name": "http"}}


def test_an_image_by_digest_is_that_very_image(rendered):
    digest = "sha256:" + "0f" * 32

    objects = rendered({"image.api": {"repository": "registry/api", "digest": digest}})

    assert container_of(objects)["image"] == f"registry/api:0.1.0@{digest}"


def test_what_the_api_writes_lies_on_a_volume(helm, ci_values):
    """Models, what local jobs leave, a folder as the store: the root file system takes nothing."""
    objects = Rendered(helm.render(ci_values))
    environment = objects.api_environment()
    plain = {name: value for name, value in environment.items() if isinstance(value, str)}
    settings = StoreSettings.from_environment(plain)
    mounted = [
        mount["mountPath"]
        for mount in container_of(objects)["volumeMounts"]
        if not mount.get("readOnly")
    ]

    written = [settings.cache_folder(), settings.launch_folder(), settings.folder]

    for folder in [each for each in written if each is not None]:
        assert any(folder.is_relative_to(mount) for mount in mounted), folder


def test_the_server_takes_what_it_is_told(helm, ci_values):
    objects = Rendered(helm.render(ci_values))
    verb, *options = container_of(objects)["args"]
    said = dict(zip(options[::2], options[1::2], strict=True))
    referred = {"RECOMMENDER_REDIS_URL": "redis://referred", "RECOMMENDER_ADMIN_TOKEN": "t0ken"}
    told = {
        name: value if isinstance(value, str) else referred.get(name, "referred")
        for name, value in objects.api_environment().items()
    }

    settings = ApiSettings.from_environment(
        told, **{option.lstrip("-").replace("-", "_"): value for option, value in said.items()}
    )

    options_of_serve = inspect.signature(serve).parameters
    assert verb == "serve"
    assert {option.lstrip("-").replace("-", "_") for option in said} <= options_of_serve.keys()
    assert settings.workers == ci_values["api"].get("workers", 2)
    assert settings.host == "0.0.0.0"
    assert StoreSettings.from_environment(told).cache_bytes >= 2**30
