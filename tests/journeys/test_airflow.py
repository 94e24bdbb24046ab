"""Three tenants, one night, a real Airflow: one goes live, one is refused, one fails alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from airflow_dags.commands import FITS, STEPS_AFTER, STEPS_BEFORE
from airflow_dags.pod import SIZES
from recommender_api.launch.airflow_runs.launcher import AirflowRuns
from recommender_api.launch.airflow_runs.settings import AirflowSettings
from recommender_api.launch.protocol import Order
from recommender_store.tenants.identity import parse_tenant_id
from tests.journeys.real_airflow import (
    PASSWORD,
    USER,
    DagRun,
    RealAirflow,
    migrated,
    patient,
    programs,
    real_airflow,
)
from tests.recommender_cli.conftest import write_log

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("airflow")]

STEPS = [name.replace(":", "_") for name in (*STEPS_BEFORE, *FITS, *STEPS_AFTER)]


@pytest.fixture(name="database", scope="module")
def _database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty one of Airflow's, to be copied: making it takes a while."""
    programs()
    return migrated(tmp_path_factory.mktemp("database")).database


@pytest.fixture(name="still", scope="module", params=["local", "kubernetes"])
def _still(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, database: Path
) -> RealAirflow:
    """One that only reads DAGs."""
    return migrated(tmp_path_factory.mktemp(request.param), database, request.param)


def test_every_dag_is_read_and_nothing_works_meanwhile(still: RealAirflow) -> None:
    read = still.told("tasks")

    assert read["errors"] == {}
    tasks = read["told"]
    assert set(tasks) == {
        *("train_tenants", "tend_store", "measure_models", "export_answers", "run_job"),
    }
    assert {f"train_{size}.{step}" for size in SIZES for step in STEPS} < set(
        tasks["train_tenants"]
    )


@pytest.mark.parametrize("still", ["kubernetes"], indirect=True)
def test_every_pod_is_one_that_kubernetes_takes_and_may_do_little(still: RealAirflow) -> None:
    read = still.told("pods")

    pods = read["told"]
    assert {"train_tenants.list_due", "run_job.job", "export_answers.export"} < set(pods)
    for name, pod in pods.items():
        kubernetes_validate.validate(pod, "1.33", strict=True)
        for container in pod["spec"]["containers"]:
            locked = container["securityContext"]
            assert (locked["runAsNonRoot"], locked["readOnlyRootFilesystem"]) == (True, True), name
            assert locked["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["limits"]["memory"], name
    (base, sidecar) = pods["train_tenants.list_due"]["spec"]["containers"]
    assert base["args"][-1] == "--output=/airflow/xcom/return.json"
    assert sidecar["name"] == "airflow-xcom-sidecar"
    job = pods["run_job.job"]
    assert job["spec"]["containers"][0]["args"] == ["train", "--tenant=shop"]
    assert job["metadata"]["labels"]["recommender/tenant"] == "shop"


@pytest.mark.parametrize("still", ["kubernetes"], indirect=True)
def test_a_task_ends_as_the_command_in_its_pod_did(still: RealAirflow) -> None:
    ended = {
        (0, ""): "",
        (1, "error: another digest [log_file_corrupt]"): "AirflowFailException",
        (1, "error: it does not answer [store_unavailable]"): "AirflowException",
        (2, "error: No such option"): "AirflowFailException",
        (3, "39 events\nrefused: too few [too_few_interactions]"): "AirflowSkipException",
        (137, ""): "AirflowException",
    }

    told = still.told("endings", list(ended))["told"]

    assert [name for name, _, _ in told] == list(ended.values())
    assert [code for _, _, code in told] == [code for code, _ in ended]
    assert told[4][1] == "refused: too few [too_few_interactions]"


@pytest.mark.parametrize("still", ["kubernetes"], indirect=True)
def test_what_a_command_in_a_pod_told_is_handed_on(still: RealAirflow) -> None:
    told = {"run_id": "r1", "gate": {"for_you": "passed"}}

    assert still.told("handed_on", told)["told"] == told


@pytest.fixture(name="running", scope="module")
def _running(tmp_path_factory: pytest.TempPathFactory, database: Path) -> Iterator[RealAirflow]:
    with real_airflow(tmp_path_factory.mktemp("airflow"), database, three_tenants) as made:
        patient(lambda: len(due(made)) == 3)
        made.ask("PATCH", "/dags/run_job", is_paused=False)
        yield made


def three_tenants(made: RealAirflow) -> None:
    """`good`; `little`, with 39 events; `broken`, whose log was damaged when it had a model."""
    write_log(made.folder / "log.csv")
    lines = (made.folder / "log.csv").read_text(encoding="utf-8").splitlines()
    (made.folder / "little.csv").write_text("\n".join(lines[:40]) + "\n", encoding="utf-8")
    for tenant, log in {"broken": "log", "good": "log", "little": "little"}.items():
        assert made.recommender("tenants", "create", tenant).returncode == 0
        done = made.recommender("events", "import", "--tenant", tenant, f"{log}.csv")
        assert done.returncode == 0, done.stderr
        if tenant == "broken":  # first, for it is due again after a minute
            assert made.recommender("train", "--tenant", "broken").returncode == 0
    soon = "id: broken\nname: Broken\ntraining: {schedule: 1m}\n"
    (made.folder / "broken.yaml").write_text(soon, encoding="utf-8")
    assert made.recommender("tenants", "apply", "broken.yaml").returncode == 0
    damaged = max((made.store / "tenants/broken/events").rglob("*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-100] + b"x" * 100)


def due(made: RealAirflow) -> list[str]:
    told = json.loads(made.recommender("tenants", "due", "--json").stdout)["due"]
    return [one["tenant"] for one in told]


def newest(made: RealAirflow, tenant: str) -> dict[str, Any]:
    return json.loads(made.recommender("runs", "show", "--tenant", tenant, "--json").stdout)


def live(made: RealAirflow, tenant: str) -> str | None:
    told = made.recommender("models", "list", "--tenant", tenant, "--json").stdout
    version: str | None = json.loads(told)["current"]
    return version


def test_one_goes_live_one_is_refused_one_fails_and_none_touches_another(
    running: RealAirflow,
) -> None:
    before = live(running, "broken")

    run = running.ran("train_tenants")

    ended = {tenant: newest(running, tenant) for tenant in ("good", "little", "broken")}
    assert {tenant: (one["status"], one["code"]) for tenant, one in ended.items()} == {
        "good": ("promoted", None),
        "little": ("refused", "too_few_interactions"),
        "broken": ("failed", "log_file_corrupt"),
    }
    at = [one["tenant"] for one in run.told("due_small")]
    states = {tenant: of_tenant(run, at.index(tenant)) for tenant in ended}
    rest = len(STEPS) - 1
    assert states == {
        "good": ["success"] * len(STEPS),
        "little": ["success", *["skipped"] * rest],
        "broken": ["failed", *["upstream_failed"] * rest],
    }
    assert run.names("train_small.publish") >= {"good"}
    taken, judged, made = (
        run.told(f"train_small.{step}", at.index("good"))
        for step in ("snapshot", "gate", "publish")
    )
    assert {one["run_id"] for one in (taken, judged, made)} == {ended["good"]["run_id"]}
    assert len(taken["data_fingerprint"]) == 64
    assert judged["gate"]["for_you"] == "passed"
    assert made["version"] == ended["good"]["version"]
    skipped = run.log("train_small.check", at.index("little"))
    assert "39 user-item pairs are too few" in skipped
    failed = run.log("train_small.snapshot", at.index("broken"))
    assert "has another digest than when it was written" in failed
    assert live(running, "good") == ended["good"]["version"]
    assert live(running, "broken") == before is not None
    answered = running.recommender(
        *("recommend", "--tenant", "broken", "--user", "user-000001", "--json")
    )
    assert json.loads(answered.stdout)["model"]["version"] == before


def of_tenant(run: DagRun, index: int) -> list[str]:
    """The states of a tenant's steps, in their order."""
    states = run.states()
    return [states[f"train_small.{step}", index] for step in STEPS]


def test_damage_of_one_tenant_s_log_keeps_the_rest_of_the_store_tended(
    running: RealAirflow,
) -> None:
    run = running.ran("tend_store")

    states = {task: state for (task, _), state in run.states().items()}
    assert (states["erase"], states["prune"], states["check"]) == ("success", "success", "failed")
    assert "damage: tenants/broken/events/" in run.log("check")


def test_what_the_api_asks_for_is_run_told_and_ended(running: RealAirflow) -> None:
    tenant, nobody = parse_tenant_id("little"), parse_tenant_id("nobody")
    launcher = AirflowRuns(AirflowSettings(running.url, user=USER, password=PASSWORD))

    launcher.start(Order(tenant, "refused", ("train", "--tenant=little", "--run=refused")))
    launcher.start(Order(nobody, "r1", ("train", "--tenant=nobody")))
    launcher.start(Order(tenant, "serving", ("serve", "--port=0", "--internal-port=0")))

    patient(lambda: launcher.look(tenant, "refused").state == "ended")
    refused = launcher.look(tenant, "refused")
    assert refused.exit_code == 3
    assert refused.log[-1].endswith("[too_few_interactions]")
    patient(lambda: launcher.look(nobody, "r1").state == "ended")
    (said,) = (line for line in launcher.look(nobody, "r1").log if line.startswith("error: "))
    assert said.startswith("error: there is no tenant 'nobody': see `recommender tenants list`")
    patient(lambda: any("serving" in line for line in launcher.look(tenant, "serving").log))
    launcher.cancel(tenant, "serving")
    assert launcher.look(tenant, "serving").exit_code == 143
    patient(lambda: not working(running, "--internal-port=0"))


def working(made: RealAirflow, word: str) -> bool:
    """Whether a process of this Airflow's store has the word among its own."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            told = (process / "environ").read_bytes()
        except OSError:
            continue
        if word.encode() in words and str(made.store).encode() in told:
            return True
    return False
