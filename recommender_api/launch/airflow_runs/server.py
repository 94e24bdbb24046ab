"""
An Airflow server's REST API, as far as a launcher needs it: one DAG, its runs, what they said.

Airflow's own client speaks it, and is imported when the first job is asked for: a worker that only
serves never pays for it. Every fault is a `LaunchFailed` whose sentence says what to mend.
"""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from recommender_api.launch.errors import LauncherAbsent, LaunchFailed

from .settings import AirflowSettings

T = TypeVar("T")

TASK = "job"
"""The one task of the DAG."""
EXIT_CODE = "exit_code"
"""As this XCom it keeps its command's exit code."""
SAYS = "recommender> "
"""Before every line of the command's own in the task's log."""

_WITHIN = {"_request_timeout": 10.0}
_NOT_LET_IN = (401, 403)
"""A token that ran out is answered with either."""
_MISSING = 404
_REFUSED = (400, 422)


class DagRun(NamedTuple):
    """One run of the DAG, as Airflow tells it."""

    state: str
    note: str | None


class AirflowServer:
    """Safe to share between threads."""

    def __init__(self, settings: AirflowSettings) -> None:
        self._settings = settings
        self._url = settings.url.rstrip("/")
        self._lock = threading.Lock()
        self._client: Any = None

    @property
    def dag_id(self) -> str:
        return self._settings.dag_id

    def link(self, dag_run_id: str = "") -> str:
        """Where a person looks at the DAG, or a run of it."""
        below = f"/runs/{quote(dag_run_id)}" if dag_run_id else ""
        return f"{self._url}/dags/{self.dag_id}{below}"

    def check_dag(self) -> None:
        """
        Raises:
            LaunchFailed: where the DAG is not there, or would not begin.
        """
        dag = self._asked(lambda api, to: api.DAGApi(to).get_dag(self.dag_id, **_WITHIN))
        if dag is None:
            raise LaunchFailed(
                f"Airflow does not know the DAG '{self.dag_id}': put airflow_dags/ where its DAGs "
                "lie (docs/airflow.md), or name another one by RECOMMENDER_AIRFLOW_DAG"
            )
        if dag.is_paused:
            raise LaunchFailed(
                f"the DAG '{self.dag_id}' is paused: `airflow dags unpause {self.dag_id}`, or "
                "switch it on in Airflow's pages"
            )

    def begin(self, dag_run_id: str, conf: Mapping[str, Any]) -> None:
        """
        Begin a run; where it is there already, because an answer was lost, it has begun.

        Raises:
            LaunchFailed: where none was begun.
        """

        def trigger(api: Any, to: Any) -> Any:
            body = api.TriggerDAGRunPostBody(
                dag_run_id=dag_run_id, logical_date=None, conf=dict(conf)
            )
            return api.DagRunApi(to).trigger_dag_run(self.dag_id, body, **_WITHIN)

        self.check_dag()
        try:
            self._asked(trigger)
        except LaunchFailed:
            if not self._is_there(dag_run_id):
                raise

    def run(self, dag_run_id: str) -> DagRun | None:
        """
        Raises:
            LaunchFailed: where the server does not say.
        """
        found = self._asked(
            lambda api, to: api.DagRunApi(to).get_dag_run(self.dag_id, dag_run_id, **_WITHIN)
        )
        return None if found is None else DagRun(found.state.value, found.note)

    def end(self, dag_run_id: str, note: str) -> None:
        """
        Raises:
            LaunchFailed: where the server does not do it.
        """

        def patch(api: Any, to: Any) -> Any:
            body = api.DAGRunPatchBody(state="failed", note=note)
            return api.DagRunApi(to).patch_dag_run(self.dag_id, dag_run_id, body, **_WITHIN)

        self._asked(patch)

    def exit_code(self, dag_run_id: str) -> int | None:
        """
        Of the command; None where nobody wrote it down.

        Raises:
            LaunchFailed: where the server does not say.
        """
        asked = (self.dag_id, TASK, dag_run_id, EXIT_CODE)

        def get(api: Any, to: Any) -> Any:
            entries = api.XComApi(to)
            return _document(api, entries.get_xcom_entry_without_preload_content(*asked, **_WITHIN))

        found = self._asked(get)
        return None if found is None else int(found["value"])

    def log(self, dag_run_id: str) -> list[str]:
        """
        What the command has said so far, line by line.

        Raises:
            LaunchFailed: where the server does not say.
        """
        asked = (self.dag_id, dag_run_id, TASK, 1)

        def get(api: Any, to: Any) -> Any:
            logs = api.TaskInstanceApi(to)
            said = logs.get_log_without_preload_content(
                *asked, full_content=True, accept="application/json", **_WITHIN
            )
            return _document(api, said)

        found = self._asked(get)
        told = [one for one in (found or {}).get("content", ()) if isinstance(one, dict)]
        said = [one["event"].partition(SAYS) for one in told if "event" in one]
        return [line for _, mark, line in said if mark]

    def _is_there(self, dag_run_id: str) -> bool:
        try:
            return self.run(dag_run_id) is not None
        except LaunchFailed:
            return False

    def _asked(self, ask: Callable[[Any, Any], T]) -> T | None:
        """The answer; None where there is no such thing. A token that ran out is fetched anew."""
        api, unreachable = _client()
        try:
            try:
                return ask(api, self._authenticated(api))
            except api.ApiException as error:
                if self._settings.token or error.status not in _NOT_LET_IN:
                    raise
                self._client = None
                return ask(api, self._authenticated(api))
        except api.ApiException as error:
            if error.status == _MISSING:
                return None
            raise LaunchFailed(self._mended(error)) from error
        except unreachable as error:
            raise LaunchFailed(
                f"Airflow at {self._url} cannot be asked ({type(error).__name__}): see whether its "
                "API server runs, and whether RECOMMENDER_AIRFLOW_URL names it"
            ) from error

    def _authenticated(self, api: Any) -> Any:
        """A client that shows a token."""
        with self._lock:
            if self._client is None:
                token = self._settings.token or self._fetched(api)
                self._client = api.ApiClient(self._configured(api, access_token=token))
            return self._client

    def _fetched(self, api: Any) -> str:
        asked = {"username": self._settings.user, "password": self._settings.password}
        response = api.ApiClient(self._configured(api)).rest_client.request(
            *("POST", f"{self._url}/auth/token", {"Content-Type": "application/json"}, asked),
            **_WITHIN,
        )
        return str(_document(api, response)["access_token"])

    def _configured(self, api: Any, **more: str) -> Any:
        # An order that did not land is not given twice behind our back.
        return api.Configuration(host=self._url, retries=False, **more)

    def _mended(self, error: Any) -> str:
        if error.status in _NOT_LET_IN:
            return (
                f"Airflow at {self._url} does not let in who asks ({error.status}): mend "
                "RECOMMENDER_AIRFLOW_TOKEN, or RECOMMENDER_AIRFLOW_USER and "
                f"RECOMMENDER_AIRFLOW_PASSWORD, and let that user run the DAG '{self.dag_id}'"
            )
        if error.status in _REFUSED:
            return (
                f"Airflow at {self._url} refuses the order ({error.status}: {_detail(error)}): put "
                f"the airflow_dags/ of this version where the DAG '{self.dag_id}' lies"
            )
        return (
            f"Airflow at {self._url} answered {error.status} {error.reason}: see the log of its "
            "API server, then ask again"
        )


def _client() -> tuple[Any, tuple[type[Exception], ...]]:
    """
    Airflow's client, and what is raised where nobody answers as Airflow does.

    Raises:
        LauncherAbsent: where it is not installed.
    """
    try:
        import airflow_client.client as api
        from urllib3.exceptions import HTTPError
    except ModuleNotFoundError as error:
        raise LauncherAbsent(
            "Airflow's client is not installed: `pip install 'recommender-platform[airflow]'`"
        ) from error
    return api, (HTTPError, OSError, ValueError)


def _detail(error: Any) -> str:
    """What a refusal says of itself, in a line."""
    try:
        said = json.loads(error.body)["detail"]
    except (TypeError, ValueError, KeyError):
        said = error.reason
    return " ".join(str(said).split())[:300]


def _document(api: Any, response: Any) -> Any:
    """What an answer holds, read past the client's models: a log of 100,000 lines is large."""
    body = response.read()
    if not 200 <= response.status < 300:
        raise api.ApiException.from_response(http_resp=response, body=None, data=None)
    return json.loads(body)
