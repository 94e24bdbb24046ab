"""Which launcher a process has, and what its jobs are told."""

from pathlib import Path

import pytest

from recommender_api.launch.choice import chosen_launcher
from recommender_api.launch.errors import LauncherAbsent
from recommender_api.launch.kubernetes_jobs.launcher import KubernetesJobs
from recommender_api.launch.protocol import Order
from recommender_store.settings import StoreSettings
from recommender_store.tenants.identity import parse_tenant_id

BUCKET = StoreSettings(url="s3://bucket/store", secret_key="x" * 32)
ORDER = Order(parse_tenant_id("shop"), "run-1", ())


def test_jobs_of_kubernetes_are_told_where_the_store_is_and_no_secret() -> None:
    environment = {
        "AWS_REGION": "eu-north-1",
        "AWS_SECRET_ACCESS_KEY": "hidden",
        "RECOMMENDER_ADMIN_TOKEN": "hidden",
        "RECOMMENDER_SECRET_KEY": "hidden",
    }

    launcher = chosen_launcher("kubernetes", BUCKET, environment)

    assert isinstance(launcher, KubernetesJobs)
    told = launcher._told
    assert told["RECOMMENDER_STORE_URL"] == "s3://bucket/store"
    assert told["AWS_REGION"] == "eu-north-1"
    assert "hidden" not in told.values()


def test_every_replica_of_a_namespace_follows_the_same_jobs() -> None:
    one, other = (chosen_launcher("kubernetes", BUCKET, {}) for _ in range(2))
    elsewhere = chosen_launcher("kubernetes", BUCKET, {"RECOMMENDER_KUBERNETES_CLUSTER": "west"})

    assert one.origin == other.origin != elsewhere.origin


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "use a bucket, or mount the folder"),
        ({"RECOMMENDER_KUBERNETES_LIMIT_S": "soon"}, "RECOMMENDER_KUBERNETES_LIMIT_S"),
    ],
)
def test_a_launcher_that_could_start_nothing_says_why(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    launcher = chosen_launcher("kubernetes", StoreSettings(url=f"file://{tmp_path}"), environment)

    with pytest.raises(LauncherAbsent, match=said):
        launcher.start(ORDER)


def test_a_folder_that_the_template_mounts_is_fine(tmp_path: Path) -> None:
    environment = {"RECOMMENDER_KUBERNETES_POD_TEMPLATE": str(tmp_path / "pod.yaml")}

    launcher = chosen_launcher("kubernetes", StoreSettings(url=f"file://{tmp_path}"), environment)

    assert isinstance(launcher, KubernetesJobs)
