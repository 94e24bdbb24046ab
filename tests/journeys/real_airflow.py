"""A real Airflow with our DAGs: its scheduler, its API server, and processes as its jobs."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.recommender_api.served import until

ROOT = Path(__file__).parents[2]
ASKED = "RECOMMENDER_TEST_AIRFLOW"
USER, PASSWORD = "recommender", "secret"
PATIENCE_S = 600
LOOK_EVERY_S = 15 * 60
"""As `train_tenants` is scheduled."""
COMES_UP_S = 6 * 60


def programs() -> Path:
    """The folder with Airflow's programs; without one the test is skipped."""
    named = os.environ.get(ASKED)
    folder = Path(named).absolute() if named else Path(sys.executable).parent
    if not (folder / "airflow").exists():
        pytest.skip(f"there is no Airflow: `make test-airflow`, or {ASKED}=FOLDER with `airflow`")
    return folder


@dataclass(frozen=True)
class RealAirflow:
    """One Airflow, its folder, and the store that its jobs work on."""

    folder: Path
    port: int
    mode: str = "local"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def database(self) -> Path:
        return self.folder / "airflow.db"

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RECOMMENDER_", "AIRFLOW"))
        }
        settings = {
            "CORE__DAGS_FOLDER": ROOT / "airflow_dags",
            "CORE__LOAD_EXAMPLES": False,
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__PARALLELISM": 3,
            "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": self.folder / "passwords.json",
            "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.database}",
            "API__HOST": "127.0.0.1",
            "API__PORT": self.port,
            "API__BASE_URL": self.url,
            "API__WORKERS": 1,
            "API__SECRET_KEY": "a secret of forty characters, more or less",
            "API_AUTH__JWT_SECRET": "another secret of forty characters, or so; it is long",
            "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.5,
            # Nobody changes a DAG meanwhile: read anew each 30 s, they take a core for a while.
            "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": 400,
            "DAG_PROCESSOR__REFRESH_INTERVAL": 400,
            "CORE__LAZY_LOAD_PLUGINS": True,
            "USAGE_DATA_COLLECTION__ENABLED": False,
        }
        return {
            **kept,
            **{f"AIRFLOW__{name}": str(value) for name, value in settings.items()},
            "AIRFLOW_HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "RECOMMENDER_STORE_URL": f"file://{self.store}",
            "RECOMMENDER_DAGS_MODE": self.mode,
            "RECOMMENDER_DAGS_PROGRAM": f"{sys.executable} -m recommender_cli",
        }

    def told(self, what: str, about: Any = None) -> dict[str, Any]:
        """What Airflow's own Python tells of our DAGs."""
        done = subprocess.run(
            [
                programs() / "python",
                ROOT / "tests/journeys/inside_airflow.py",
                what,
                json.dumps(about),
            ],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def airflow(self, *words: str) -> None:
        done = subprocess.run(
            [programs() / "airflow", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def recommender(self, *words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "recommender_cli", *map(str, words)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def ask(self, method: str, path: str, **body: Any) -> Any:
        given = {"username": USER, "password": PASSWORD}
        token = httpx.post(f"{self.url}/auth/token", json=given, timeout=30).json()["access_token"]
        said = httpx.request(
            method,
            f"{self.url}/api/v2{path}",
            json=body or None,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        assert said.is_success, said.text
        return said.json()

    def ran(self, dag: str) -> "DagRun":
        """The first run of a DAG with a schedule, which begins when it is switched on."""
        self.ask("PATCH", f"/dags/{dag}", is_paused=False)
        runs = f"/dags/{dag}/dagRuns?order_by=run_after"
        patient(lambda: bool(self.ask("GET", runs)["dag_runs"]))
        first = self.ask("GET", runs)["dag_runs"][0]["dag_run_id"]
        run = DagRun(self, f"/dags/{dag}/dagRuns/{quote(first)}")
        patient(lambda: self.ask("GET", run.path)["state"] in ("success", "failed"))
        return run

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v2/monitor/health", timeout=5).is_success
        except httpx.TransportError:
            return False

    def knows(self, *dags: str) -> bool:
        known = {one["dag_id"] for one in self.ask("GET", "/dags")["dags"]}
        return known >= set(dags)


@dataclass(frozen=True)
class DagRun:
    """One run of a DAG that has ended."""

    airflow: RealAirflow
    path: str

    def states(self) -> dict[tuple[str, int], str]:
        """Of each task, by its name and which of those that were made of it."""
        tasks = self.airflow.ask("GET", f"{self.path}/taskInstances?limit=1000")["task_instances"]
        return {(one["task_id"], one["map_index"]): one["state"] for one in tasks}

    def names(self, task: str) -> set[str]:
        """What people see of those that were made of a task."""
        path = f"{self.path}/taskInstances?limit=1000"
        tasks = self.airflow.ask("GET", path)["task_instances"]
        return {one["rendered_map_index"] for one in tasks if one["task_id"] == task}

    def log(self, task: str, at: int = -1) -> str:
        path = f"{self.path}/taskInstances/{task}/logs/1?map_index={at}&full_content=true"
        return json.dumps(self.airflow.ask("GET", path))

    def told(self, task: str, at: int = -1) -> Any:
        """What a task handed on."""
        path = f"{self.path}/taskInstances/{task}/xcomEntries/return_value?map_index={at}"
        value = self.airflow.ask("GET", path)["value"]
        return json.loads(value) if isinstance(value, str) else value


def patient(holds: Callable[[], bool]) -> None:
    until(holds, PATIENCE_S)


def migrated(folder: Path, database: Path | None = None, mode: str = "local") -> RealAirflow:
    """One that does not run, over a database of its own: made here, or a copy of one that was."""
    made = RealAirflow(folder, 1, mode)
    if database is None:
        made.airflow("db", "migrate")
    else:
        shutil.copy(database, made.database)
    return made


def ended(running: list[subprocess.Popen[bytes]]) -> None:
    """All asked at once, and whoever does not hear is killed with what it started."""
    for process in running:
        process.terminate()
    for process in running:
        with suppress(subprocess.TimeoutExpired):
            process.wait(60)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def real_airflow(
    folder: Path, database: Path, meanwhile: Callable[[RealAirflow], None]
) -> Iterator[RealAirflow]:
    """One that runs, with every DAG read; `meanwhile` it comes up, something else is done."""
    left_s = LOOK_EVERY_S - time.time() % LOOK_EVERY_S
    if left_s < COMES_UP_S:
        # Of a DAG read before a quarter hour and switched on behind it two runs begin at once, and
        # share what is due.
        time.sleep(left_s + 5)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made = RealAirflow(folder, free.getsockname()[1])
    (folder / "passwords.json").write_text(json.dumps({USER: PASSWORD}), encoding="utf-8")
    shutil.copy(database, made.database)
    with ExitStack() as going:
        running: list[subprocess.Popen[bytes]] = []
        going.callback(ended, running)
        for name in ("api-server", "scheduler", "dag-processor"):
            log = going.enter_context((folder / f"{name}.log").open("w"))
            process = subprocess.Popen(
                [programs() / "airflow", name],
                env=made.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            running.append(process)
        meanwhile(made)
        patient(made.answers)
        patient(lambda: made.knows("train_tenants", "run_job"))
        yield made
