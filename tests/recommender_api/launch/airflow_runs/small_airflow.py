"""
Airflow's REST API over HTTP, as far as a launcher needs it: one DAG, whose task is a process here.

Its answers have the fields of a real Airflow's (3.3), its task is the DAG's own process. What goes
wrong in real ones a test switches on.
"""

import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from airflow_dags.commands import environment, given
from airflow_dags.jobs.process import Process

DAG = "run_job"
NOW = "2026-11-22T03:18:51.865868Z"
PATHS = re.compile(
    r"/api/v2/dags/(?P<dag>[^/]+)(/dagRuns(/(?P<run>[^/]+)(/taskInstances/job/"
    r"(?P<part>xcomEntries/exit_code|logs/1))?)?)?"
)


class Task:
    """One run of the DAG."""

    def __init__(self, dag_run_id: str, conf: dict[str, Any]) -> None:
        self.dag_run_id, self.conf = dag_run_id, conf
        self.state, self.note = "running", None
        self.exit_code: int | None = None
        self.lines: list[str] = []
        words = given({"arguments": json.dumps(conf["arguments"])})
        self.process = Process([sys.executable, *words], os.environ | environment(conf))
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        code = self.process.follow(self.lines.append)
        if self.state == "running":  # a task that was ended from outside writes nothing down
            self.exit_code = code
            self.state = "success" if code in (0, 3) else "failed"

    def end(self, note: str) -> None:
        self.state, self.note = "failed", note
        self.process.end()

    def told(self) -> dict[str, Any]:
        return {
            "dag_run_id": self.dag_run_id,
            "dag_id": DAG,
            "dag_display_name": DAG,
            "conf": self.conf,
            "note": self.note,
            "state": self.state,
            "logical_date": None,
            "queued_at": NOW,
            "start_date": NOW,
            "end_date": None,
            "duration": None,
            "data_interval_start": None,
            "data_interval_end": None,
            "run_after": NOW,
            "last_scheduling_decision": NOW,
            "run_type": "manual",
            "dag_versions": [],
            "triggered_by": "rest_api",
            "triggering_user_name": "admin",
            "bundle_version": None,
            "partition_key": None,
            "partition_date": None,
        }


class SmallAirflow:
    """What the server holds, and what is wrong with it."""

    def __init__(self) -> None:
        self.url = ""
        self.tasks: dict[str, Task] = {}
        self.passwords = {"recommender": "secret"}
        self.tokens = {"token-0"}
        self.is_paused = False
        self.dag_id = DAG
        self.broken: dict[str, int] = {}
        """Method → the status that it is answered with."""

    def answer(self, method: str, path: str, token: str, body: Any) -> tuple[int, Any]:
        if path == "/auth/token":
            return self._let_in(body)
        if token not in self.tokens:
            return 403, {"detail": "Forbidden"}
        if method in self.broken:
            return self.broken[method], {"detail": "Serious error when handling your request"}
        match = PATHS.fullmatch(path)
        if match is None or match["dag"] != self.dag_id:
            return 404, {"detail": f"Dag with dag_id: {path!r} not found"}
        return self._of_the_dag(method, match, body)

    def _of_the_dag(self, method: str, match: re.Match[str], body: Any) -> tuple[int, Any]:
        if method == "POST":
            return self._triggered(body)
        if match["run"] is None:
            return 200, self._dag()
        return self._of(self.tasks.get(unquote(match["run"])), method, match["part"], body)

    def _let_in(self, body: Any) -> tuple[int, Any]:
        if self.passwords.get(body["username"]) != body["password"]:
            return 401, {"detail": "Invalid credentials"}
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        return 201, {"access_token": token}

    def _triggered(self, body: Any) -> tuple[int, Any]:
        if body["dag_run_id"] in self.tasks:
            return 409, {"detail": {"reason": "Unique constraint violation"}}
        assert body["logical_date"] is None
        task = self.tasks[body["dag_run_id"]] = Task(body["dag_run_id"], body["conf"])
        return 200, task.told()

    def _of(self, task: Task | None, method: str, part: str, body: Any) -> tuple[int, Any]:
        if task is None:
            return 404, {"detail": "The DagRun was not found"}
        if method == "PATCH":
            assert body["state"] == "failed"
            task.end(body["note"])
        if part == "logs/1":
            lines = [{"event": "::group::Pre Execute", "level": "info"}]
            lines += [{"event": f"recommender> {line}", "level": "info"} for line in task.lines]
            return 200, {"content": lines, "continuation_token": None}
        if part is None:
            return 200, task.told()
        if task.exit_code is None:
            return 404, {"detail": "XCom entry with key: `exit_code` not found"}
        return 200, {"key": "exit_code", "value": task.exit_code}

    def _dag(self) -> dict[str, Any]:
        return {
            "dag_id": DAG,
            "dag_display_name": DAG,
            "is_paused": self.is_paused,
            "is_stale": False,
            "last_parsed_time": NOW,
            "last_parse_duration": 0.4,
            "last_expired": None,
            "bundle_name": "dags-folder",
            "bundle_version": None,
            "relative_fileloc": "run_job.py",
            "fileloc": "/dags/run_job.py",
            "tags": [],
            "description": None,
            "timetable_summary": None,
            "timetable_periodic": False,
            "timetable_description": "Never",
            "timetable_partitioned": False,
            "max_active_tasks": 16,
            "max_active_runs": 64,
            "owners": ["airflow"],
            "max_consecutive_failed_dag_runs": 0,
            "has_task_concurrency_limits": False,
            "has_import_errors": False,
            "next_dagrun_logical_date": None,
            "next_dagrun_data_interval_start": None,
            "next_dagrun_data_interval_end": None,
            "next_dagrun_run_after": None,
            "allowed_run_types": None,
            "is_backfillable": False,
            "file_token": "e30",
        }


@contextmanager
def small_airflow() -> Iterator[SmallAirflow]:
    airflow = SmallAirflow()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            path = urlsplit(self.path).path
            status, answer = airflow.answer(self.command, path, token, body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - as the server calls them

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    airflow.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield airflow
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        for task in airflow.tasks.values():
            task.process.end()
