"""How a Job may end without an exit code: each becomes a run with a code, and what to do."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recommender_api.launch.jobs import Jobs
from recommender_api.launch.kubernetes_jobs.launcher import KubernetesJobs
from recommender_api.launch.kubernetes_jobs.settings import KubernetesSettings
from recommender_store.author import Author
from recommender_store.runs.record import Run
from recommender_store.tenant_space import TenantSpace
from tests.recommender_api.launch.kubernetes_jobs.small_cluster import (
    NAMESPACE,
    SmallCluster,
    small_cluster,
)
from tests.recommender_api.served import store_in, until

HERE = Author("test", "here")
WAITS = "import time; print('begun', flush=True); time.sleep(600)"


@pytest.fixture(name="space")
def _space(tmp_path: Path) -> TenantSpace:
    return store_in(tmp_path, create=True).create_tenant("shop", "Shop", author=HERE)


@pytest.fixture(name="cluster")
def _cluster(tmp_path: Path) -> Iterator[SmallCluster]:
    with small_cluster(tmp_path) as cluster:
        yield cluster


@pytest.fixture(name="jobs")
def _jobs(cluster: SmallCluster) -> Jobs:
    return Jobs(launcher_of(cluster))


def launcher_of(cluster: SmallCluster) -> KubernetesJobs:
    settings = KubernetesSettings(
        image="recommender:1", namespace=NAMESPACE, kubeconfig=cluster.kubeconfig()
    )
    return KubernetesJobs(settings, {}, (sys.executable,))


def begun(jobs: Jobs, space: TenantSpace, script: str = WAITS) -> Run:
    return jobs.start(space, "training", {}, lambda _: ("-c", script), HERE)


def minutes_ago(minutes: float) -> str:
    return f"{datetime.now(UTC) - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


def waiting(reason: str, message: str) -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}}
    return {"phase": "Pending", "containerStatuses": [{"name": "job", "state": state}]}


def terminated(reason: str, exit_code: int) -> dict[str, Any]:
    state = {"terminated": {"reason": reason, "exitCode": exit_code}}
    return {"phase": "Failed", "containerStatuses": [{"name": "job", "state": state}]}


EVICTED = {
    "phase": "Failed",
    "reason": "Evicted",
    "message": "The node was low on resource: ephemeral-storage.",
}
NO_ROOM = {"phase": "Failed", "reason": "OutOfmemory", "message": "Node didn't have enough"}
PREEMPTED = {
    **terminated("Error", 143),
    "conditions": [
        {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "PreemptionByScheduler",
            "message": "default-scheduler: preempting to accommodate a higher priority pod",
        }
    ],
}
UNSCHEDULABLE = {
    "phase": "Pending",
    "containerStatuses": [],
    "conditions": [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "0/3 nodes are available: 3 Insufficient memory.",
        }
    ],
}
NO_IMAGE = waiting("ImagePullBackOff", 'Back-off pulling image "recommender:1"')
NO_NAME = waiting("InvalidImageName", 'couldn\'t parse image name "recommender::1"')
NO_SECRET = waiting("CreateContainerConfigError", 'secret "keys" not found')
NO_VOLUME = waiting("ContainerCreating", "")


@pytest.mark.parametrize(
    ("pod_status", "age_minutes", "told"),
    [
        (EVICTED, 0, ("job_evicted", "ephemeral-storage")),
        (NO_ROOM, 0, ("job_evicted", "didn't have enough")),
        (PREEMPTED, 0, ("job_evicted", "higher priority")),
        (terminated("OOMKilled", 137), 0, ("job_out_of_memory", "training.resources")),
        (terminated("Error", 137), 0, ("job_killed", "signal 9")),
        (terminated("Error", 1), 0, ("job_failed", "ended with 1")),
        (NO_NAME, 0, ("job_image_missing", "couldn't parse")),
        (NO_IMAGE, 3, ("job_image_missing", "Back-off pulling")),
        (NO_SECRET, 3, ("job_not_created", "RECOMMENDER_KUBERNETES_SECRETS")),
        (NO_VOLUME, 16, ("job_not_created", "ContainerCreating")),
        (UNSCHEDULABLE, 16, ("job_not_scheduled", "Insufficient memory")),
    ],
)
def test_what_became_of_a_pod_is_told_with_a_code_and_what_to_do(
    cluster: SmallCluster,
    jobs: Jobs,
    space: TenantSpace,
    pod_status: dict[str, Any],
    age_minutes: float,
    told: tuple[str, str],
) -> None:
    run = begun(jobs, space)
    cluster.created_at = minutes_ago(age_minutes)
    cluster.pod_status = pod_status

    ended = jobs.followed(space, run)

    assert (ended.status, ended.code) == ("failed", told[0])
    assert told[1] in str(ended.sentence)


@pytest.mark.parametrize(
    ("pod_status", "age_minutes"), [(NO_IMAGE, 1), (NO_SECRET, 1), (UNSCHEDULABLE, 14)]
)
def test_what_may_mend_itself_is_waited_for(
    cluster: SmallCluster,
    jobs: Jobs,
    space: TenantSpace,
    pod_status: dict[str, Any],
    age_minutes: float,
) -> None:
    run = begun(jobs, space)
    cluster.created_at = minutes_ago(age_minutes)
    cluster.pod_status = pod_status

    assert jobs.followed(space, run).status == "queued"


def test_what_is_given_up_begins_no_later_and_its_reason_stays(
    cluster: SmallCluster, jobs: Jobs, space: TenantSpace
) -> None:
    run = begun(jobs, space)
    cluster.created_at = minutes_ago(16)
    cluster.pod_status = UNSCHEDULABLE
    jobs.followed(space, run)
    (held,) = cluster.jobs.values()

    until(lambda: held.exit_code is not None)
    cluster.pod_status = {}

    _, sighting = jobs.told(space, run.run_id)
    assert sighting.reason is not None
    assert sighting.reason.code == "job_not_scheduled"


def test_a_job_without_a_pod_is_given_up(
    cluster: SmallCluster, jobs: Jobs, space: TenantSpace
) -> None:
    run = begun(jobs, space)
    cluster.created_at = minutes_ago(16)
    cluster.has_pods = False

    ended = jobs.followed(space, run)

    assert ended.code == "job_not_scheduled"
    assert "kubectl --namespace recommender describe job rec-shop-" in str(ended.sentence)


@pytest.mark.parametrize(
    ("reason", "code", "said"),
    [
        ("DeadlineExceeded", "job_deadline", "longer than the 43200 s"),
        ("BackoffLimitExceeded", "job_died", "the node was lost"),
    ],
)
def test_a_job_that_failed_without_a_pod_is_told_by_its_condition(
    cluster: SmallCluster, jobs: Jobs, space: TenantSpace, reason: str, code: str, said: str
) -> None:
    run = begun(jobs, space)
    cluster.has_pods = False
    failed = {"type": "Failed", "status": "True", "reason": reason}
    cluster.job_status = {"failed": 1, "conditions": [failed]}

    ended = jobs.followed(space, run)

    assert (ended.status, ended.code) == ("failed", code)
    assert said in str(ended.sentence)


def test_a_job_that_somebody_deleted_is_told_as_gone(
    cluster: SmallCluster, jobs: Jobs, space: TenantSpace
) -> None:
    run = begun(jobs, space)
    (held,) = cluster.jobs.values()
    cluster.jobs.clear()
    held.end(grace_s=0)
    long_ago = run.model_copy(update={"started_at": datetime.now(UTC) - timedelta(minutes=2)})
    space.runs.save(long_ago, HERE)

    ended = jobs.followed(space, long_ago)

    assert ended.code == "job_died"
    assert "somebody deleted it" in str(ended.sentence)


@pytest.mark.parametrize("failing", [500, 503])
def test_a_cluster_that_cannot_be_asked_ends_no_run(
    cluster: SmallCluster, jobs: Jobs, space: TenantSpace, failing: int
) -> None:
    run = begun(jobs, space)
    cluster.failing = failing

    told, sighting = jobs.told(space, run.run_id)

    assert (told.status, sighting.state) == ("queued", "unseen")
    assert str(failing) in sighting.log[0]


def test_a_cancelled_run_ends_in_its_record_where_the_cluster_cannot_be_told(
    cluster: SmallCluster, jobs: Jobs, space: TenantSpace
) -> None:
    run = begun(jobs, space)
    cluster.failing = 503

    assert jobs.cancel(space, run.run_id, HERE).status == "cancelled"


def test_a_run_that_ended_is_not_asked_for_again(
    cluster: SmallCluster, jobs: Jobs, space: TenantSpace
) -> None:
    run = begun(jobs, space)
    cancelled = jobs.cancel(space, run.run_id, HERE)
    cluster.failing = 500

    assert jobs.followed(space, cancelled) == cancelled
