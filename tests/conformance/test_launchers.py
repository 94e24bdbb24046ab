"""
What every launcher does: one suite, inherited by each implementation that comes.

An implementation is a fixture's parameter: a function that makes a launcher of some place, whose
program is Python itself, so that an order's arguments are `-c` and a script. With
`RECOMMENDER_TEST_KUBECONFIG`, a file, the Jobs run in that cluster too, in the namespace
`RECOMMENDER_KUBERNETES_NAMESPACE`, of the image `RECOMMENDER_KUBERNETES_IMAGE`, which has `python`.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from recommender_api.launch.airflow_runs.launcher import AirflowRuns
from recommender_api.launch.airflow_runs.settings import AirflowSettings
from recommender_api.launch.kubernetes_jobs.launcher import KubernetesJobs
from recommender_api.launch.kubernetes_jobs.settings import KubernetesSettings, Resources
from recommender_api.launch.local_processes import LocalProcesses
from recommender_api.launch.protocol import LOG_BYTES, LOG_LINES, Launcher, Order, Sighting
from recommender_store.tenants.identity import parse_tenant_id
from tests.recommender_api.launch.airflow_runs.small_airflow import small_airflow
from tests.recommender_api.launch.kubernetes_jobs.small_cluster import NAMESPACE, small_cluster
from tests.recommender_api.served import until

SHOP, TWIN = parse_tenant_id("shop"), parse_tenant_id("twin")
NEVER_ENDS = "import time; print('begun', flush=True); time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {NEVER_ENDS}"


PATIENCE_S = 180 if "RECOMMENDER_TEST_KUBECONFIG" in os.environ else 60

Made = Callable[[], Launcher]


@pytest.fixture(name="local")
def _local(tmp_path: Path) -> Made:
    return lambda: LocalProcesses(tmp_path, dict(os.environ), (sys.executable,), grace_s=0.5)


@pytest.fixture(name="kubernetes")
def _kubernetes(tmp_path: Path) -> Iterator[Made]:
    template = tmp_path / "pod.yaml"
    template.write_text("spec: {terminationGracePeriodSeconds: 1}", encoding="utf-8")
    with small_cluster(tmp_path) as cluster:
        settings = KubernetesSettings(
            image="recommender:1",
            namespace=NAMESPACE,
            pod_template=template,
            kubeconfig=cluster.kubeconfig(),
        )
        yield lambda: KubernetesJobs(settings, {}, (sys.executable,))


@pytest.fixture(name="kubernetes-cluster")
def _cluster(tmp_path: Path) -> Made:
    kubeconfig = os.environ.get("RECOMMENDER_TEST_KUBECONFIG")
    if not kubeconfig:
        pytest.skip("RECOMMENDER_TEST_KUBECONFIG names no cluster to run Jobs in")
    template = tmp_path / "pod.yaml"
    template.write_text("spec: {securityContext: {runAsUser: 65534}}", encoding="utf-8")
    settings = KubernetesSettings(
        image=os.environ.get("RECOMMENDER_KUBERNETES_IMAGE", "python:3.13-slim"),
        namespace=os.environ.get("RECOMMENDER_KUBERNETES_NAMESPACE", "default"),
        pod_template=template,
        resources={"small": Resources(cpu="50m", memory="64Mi", disk="64Mi")},
        keep_s=600,
        kubeconfig=kubeconfig,
    )
    return lambda: KubernetesJobs(settings, {}, ("python",))


@pytest.fixture(name="airflow")
def _airflow() -> Iterator[Made]:
    with small_airflow() as airflow:
        settings = AirflowSettings(airflow.url, user="recommender", password="secret")
        yield lambda: AirflowRuns(settings)


@pytest.fixture(params=["local", "kubernetes", "kubernetes-cluster", "airflow"], name="made")
def _made(request: pytest.FixtureRequest) -> Made:
    """Makes a launcher; each sees the jobs of the others, as a restarted server does."""
    return request.getfixturevalue(request.param)


@pytest.fixture(name="launcher")
def _launcher(made: Made) -> Launcher:
    return made()


RUNS = (f"{uuid4().hex[:8]}-{number:04d}" for number in count(1))


def started(launcher: Launcher, script: str) -> str:
    run_id = next(RUNS)
    launcher.start(Order(SHOP, run_id, ("-c", script)))
    return run_id


def seen(launcher: Launcher, run_id: str, state: str) -> Sighting:
    until(lambda: launcher.look(SHOP, run_id).state == state, PATIENCE_S)
    return launcher.look(SHOP, run_id)


def begun(launcher: Launcher, script: str = NEVER_ENDS) -> str:
    run_id = started(launcher, script)
    until(lambda: "begun" in launcher.look(SHOP, run_id).log, PATIENCE_S)
    return run_id


def ended(launcher: Launcher, script: str) -> Sighting:
    return seen(launcher, started(launcher, script), "ended")


def test_a_job_that_ends_well_is_told_with_what_it_said(launcher: Launcher) -> None:
    sighting = ended(launcher, "import sys; print('one'); print('two', file=sys.stderr)")

    assert sighting.exit_code == 0
    assert sorted(sighting.log) == ["one", "two"]


@pytest.mark.parametrize("code", [1, 3])
def test_an_exit_code_is_told(launcher: Launcher, code: int) -> None:
    assert ended(launcher, f"raise SystemExit({code})").exit_code == code


def test_a_job_that_is_killed_is_told_by_its_signal(launcher: Launcher) -> None:
    sighting = ended(launcher, "import os; os.kill(os.getpid(), 9)")

    assert sighting.exit_code == 128 + signal.SIGKILL


def test_a_job_that_goes_on_is_seen_running_until_it_is_cancelled(launcher: Launcher) -> None:
    run_id = begun(launcher)
    assert launcher.look(SHOP, run_id).state == "running"

    launcher.cancel(SHOP, run_id)

    assert seen(launcher, run_id, "ended").exit_code == 128 + signal.SIGTERM


def test_a_job_that_will_not_hear_is_ended_all_the_same(launcher: Launcher) -> None:
    run_id = begun(launcher, DEAF)

    launcher.cancel(SHOP, run_id)

    until(lambda: launcher.look(SHOP, run_id).state in ("ended", "lost"), PATIENCE_S)


def test_what_a_job_started_ends_with_it(launcher: Launcher) -> None:
    script = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {NEVER_ENDS!r}])\n"
        "print(child.pid, flush=True)\n"
        "child.wait()"
    )
    run_id = begun(launcher, script)
    child = next(int(line) for line in launcher.look(SHOP, run_id).log if line.isdigit())

    launcher.cancel(SHOP, run_id)

    until(lambda: not is_there(child))


def is_there(pid: int) -> bool:
    """Whether a process goes; one that ended and that nobody has taken leave of does not."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def test_a_restarted_server_sees_what_goes_and_what_ended(made: Made) -> None:
    before = made()
    going, gone = begun(before), started(before, "print('done')")
    seen(before, gone, "ended")
    after = made()

    assert after.look(SHOP, going).state == "running"
    assert after.look(SHOP, gone).log == ("done",)
    after.cancel(SHOP, going)
    seen(after, going, "ended")


def test_a_job_is_known_to_its_tenant_alone(launcher: Launcher) -> None:
    run_id = begun(launcher)

    launcher.cancel(TWIN, run_id)

    assert launcher.look(TWIN, run_id).state == "unknown"
    assert launcher.look(SHOP, run_id).state == "running"
    launcher.cancel(SHOP, run_id)
    seen(launcher, run_id, "ended")


def test_to_cancel_what_ended_or_never_was_is_fine(launcher: Launcher) -> None:
    well, badly = started(launcher, "pass"), started(launcher, "raise SystemExit(1)")
    for run_id in (well, badly):
        seen(launcher, run_id, "ended")
        launcher.cancel(SHOP, run_id)
    launcher.cancel(SHOP, "never-was")

    assert launcher.look(SHOP, well).exit_code == 0
    assert launcher.look(SHOP, badly).exit_code == 1
    assert launcher.look(SHOP, "never-was").state == "unknown"


def test_of_a_long_log_the_end_is_told(launcher: Launcher) -> None:
    sighting = ended(launcher, "for at in range(100_000): print(f'line {at}')")

    assert sighting.log[-1] == "line 99999"
    assert len(sighting.log) <= LOG_LINES
    assert sum(map(len, sighting.log)) <= LOG_BYTES


TELLS_ITS_TRACE = "import os; print(os.environ.get('TRACEPARENT', 'none'))"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(("handed_on", "told"), [(TRACE, TRACE), ("", "none")])
def test_a_job_is_told_the_trace_of_whoever_asked_for_it(
    launcher: Launcher, handed_on: str, told: str
) -> None:
    run_id = next(RUNS)

    launcher.start(Order(SHOP, run_id, ("-c", TELLS_ITS_TRACE), traceparent=handed_on))

    assert seen(launcher, run_id, "ended").log == (told,)


def test_an_argument_is_one_word_whatever_it_holds(launcher: Launcher) -> None:
    odd = "$(touch /tmp/x); `id` 'a' \"b\"\n*"
    run_id = next(RUNS)
    launcher.start(Order(SHOP, run_id, ("-c", "import sys; print(repr(sys.argv[1]))", odd)))

    assert seen(launcher, run_id, "ended").log == (repr(odd),)
