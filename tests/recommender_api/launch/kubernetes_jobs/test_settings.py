"""What the environment says of Jobs is read whole, and refused with the variable's name."""

import pytest

from recommender_api.launch.errors import LauncherAbsent
from recommender_api.launch.kubernetes_jobs.settings import KubernetesSettings, Owner, Resources


def read(**variables: str) -> KubernetesSettings:
    named = {f"RECOMMENDER_KUBERNETES_{name}": value for name, value in variables.items()}
    return KubernetesSettings.from_environment(named)


def test_everything_has_a_default() -> None:
    settings = read()

    assert settings.namespace == "default"
    assert set(settings.resources) == {"small", "medium", "large", "spark"}


def test_classes_are_written_as_yaml() -> None:
    settings = read(RESOURCES="{small: {cpu: 1, memory: 2Gi}, large: {cpu: 1.5, memory: 8Gi}}")

    assert settings.resources["small"] == Resources(cpu="1", memory="2Gi")
    assert settings.resources["large"].cpu == "1.5"


def test_secrets_are_named_by_variable() -> None:
    settings = read(SECRETS="RECOMMENDER_SECRET_KEY=keys/secret, AWS_SECRET_ACCESS_KEY=s3/key")

    assert settings.secrets == {
        "RECOMMENDER_SECRET_KEY": ("keys", "secret"),
        "AWS_SECRET_ACCESS_KEY": ("s3", "key"),
    }


def test_an_owner_is_read() -> None:
    assert read(OWNER="apps/v1:Deployment:api:0f1c").owner == Owner(
        api_version="apps/v1", kind="Deployment", name="api", uid="0f1c"
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("NAMESPACE", "No Such", "pattern"),
        ("SECRETS", "KEY=keys", "VARIABLE=secret/key"),
        ("RESOURCES", "{small: {cpu: many, memory: 2Gi}}", "small.cpu"),
        ("RESOURCES", "{small: [}", "write YAML"),
        ("RESOURCES", "{small: {cpu: 1}, small: {cpu: 2}}", "the key 'small' stands here again"),
        ("RESOURCES", "{small: {cpu: 1, memory: 2Gi, gpu: 1}}", "small.gpu"),
        ("OWNER", "Deployment:api", "apiVersion:Kind:name:uid"),
        ("LIMIT_S", "soon", "integer"),
        ("KEEP_S", "1", "60"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_variable(name: str, value: str, said: str) -> None:
    with pytest.raises(LauncherAbsent) as absent:
        read(**{name: value})

    assert f"RECOMMENDER_KUBERNETES_{name}: " in absent.value.reason
    assert said in absent.value.reason
