"""`compose.yaml` is well formed, and what it says of the platform is true."""

import compose_spec
import pytest
import yaml

from recommender_api.settings import ApiSettings
from recommender_cli.server import END_LIMIT_S
from recommender_store.settings import StoreSettings
from tests.image.dockerfile import ROOT, stages_in

TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
SERVICES = yaml.safe_load(TEXT)["services"]
OURS = ["api", "jobs", "airflow"]


def test_compose_takes_it():
    options = compose_spec.PyOptions()
    options.apply_merge = True

    project = options.from_yaml(TEXT)
    project.validate()

    assert set(project.service_names()) == {"api", "jobs", "redis", "bucket", "airflow"}


def test_two_servers_share_one_history_and_one_store():
    api = SERVICES["api"]
    settings = ApiSettings.from_environment(
        {name: value for name, value in api["environment"].items() if "${" not in value}, workers=2
    )

    assert api["deploy"]["replicas"] == 2
    assert settings.redis_url == "redis://redis:6379/0"
    assert api["depends_on"].keys() == {"redis", "bucket"}


@pytest.mark.parametrize("name", OURS)
def test_everybody_is_told_of_the_same_store_and_key(name):
    told = SERVICES[name]["environment"]
    settings = StoreSettings.from_environment(told)

    assert settings.url == "s3://recommender/laptop"
    assert told["RECOMMENDER_S3_ENDPOINT"] == "http://bucket:9000"
    assert told["AWS_SECRET_ACCESS_KEY"] == SERVICES["bucket"]["environment"]["MINIO_ROOT_PASSWORD"]


def test_secrets_of_the_platform_are_asked_for_and_not_written_down():
    for name in OURS:
        for variable, value in SERVICES[name]["environment"].items():
            if variable in {"RECOMMENDER_SECRET_KEY", "RECOMMENDER_ADMIN_TOKEN"}:
                assert value.startswith(f"${{{variable}:?")


def test_targets_are_those_of_the_dockerfile():
    stages = {stage.name for stage in stages_in((ROOT / "Dockerfile").read_text(encoding="utf-8"))}

    targets = {each["build"]["target"] for each in SERVICES.values() if "build" in each}

    assert targets
    assert targets <= stages


def test_images_of_others_are_named_by_a_tag():
    built = {each["image"] for each in SERVICES.values() if "build" in each}

    for image in {each["image"] for each in SERVICES.values()} - built:
        assert not image.endswith(":latest")
        assert ":" in image.rpartition("/")[2]


def test_nothing_listens_beyond_this_machine():
    ports = [port for each in SERVICES.values() for port in each.get("ports", [])]

    assert ports
    for port in ports:
        said = port["host_ip"] if isinstance(port, dict) else port
        assert said.startswith("127.0.0.1")


def test_a_server_is_given_the_time_that_it_takes_to_end():
    assert int(SERVICES["api"]["stop_grace_period"].removesuffix("s")) > END_LIMIT_S


@pytest.mark.parametrize("name", ["api", "jobs"])
def test_what_is_written_lies_on_a_volume_though_the_image_is_read_only(name):
    service = SERVICES[name]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    cache = StoreSettings.from_environment(
        {
            "RECOMMENDER_STORE_URL": service["environment"]["RECOMMENDER_STORE_URL"],
            "RECOMMENDER_CACHE_DIR": "/var/cache/recommender/models",
        }
    )

    assert "RECOMMENDER_CACHE_DIR=/var/cache/recommender/models" in dockerfile
    assert service["read_only"] is True
    assert {str(cache.cache_folder().parent), str(cache.launch_folder().parent)} == set(
        service["volumes"]
    )
    assert service["tmpfs"] == ["/tmp"]


def test_the_three_of_a_trial_come_up_without_airflow():
    assert {name for name, each in SERVICES.items() if "profiles" not in each} == {
        "api",
        "redis",
        "bucket",
    }
