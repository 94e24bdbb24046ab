"""
The launcher of `RECOMMENDER_LAUNCHER=airflow`: an order is a run of one DAG, which has one task.

Every replica sees every run, for Airflow holds what there is to know. An Airflow that cannot be
asked ends no run: it is told as it was.
"""

import signal

import structlog

from recommender_api.launch.errors import LaunchFailed
from recommender_api.launch.protocol import LOG_BYTES, LOG_LINES, Order, Reason, Sighting
from recommender_store.tenants.identity import TenantId

from .server import AirflowServer, DagRun
from .settings import AirflowSettings

CANCELLED = "cancelled by the recommender"
"""The note of a DAG run that was ended here: its task had no time to say how."""

_ENDED = ("success", "failed")
_log = structlog.get_logger()


class AirflowRuns:
    """A launcher over one DAG of one Airflow."""

    name = "airflow"

    def __init__(self, settings: AirflowSettings) -> None:
        self._server = AirflowServer(settings)

    @property
    def origin(self) -> str:
        return self._server.link()

    def start(self, order: Order) -> None:
        conf = {
            "tenant": order.tenant_id,
            "run_id": order.run_id,
            "arguments": list(order.arguments),
            "resources": order.resources,
        }
        if order.traceparent:
            conf["traceparent"] = order.traceparent
        self._server.begin(_dag_run_id(order.tenant_id, order.run_id), conf)

    def look(self, tenant_id: TenantId, run_id: str) -> Sighting:
        name = _dag_run_id(tenant_id, run_id)
        try:
            found = self._server.run(name)
            if found is None:
                return Sighting("unknown")
            log = self._tail(name)
            if found.state not in _ENDED:
                return Sighting("running", log=log)
            return self._ended(name, found, log)
        except LaunchFailed as error:
            _log.warning("airflow_unseen", run_id=run_id, detail=error.reason)
            return Sighting("unseen")

    def cancel(self, tenant_id: TenantId, run_id: str) -> None:
        name = _dag_run_id(tenant_id, run_id)
        try:
            found = self._server.run(name)
            if found is not None and found.state not in _ENDED:
                self._server.end(name, CANCELLED)
        except LaunchFailed as error:
            # Its record is ended already, so that no later step of it begins.
            _log.warning("airflow_not_cancelled", run_id=run_id, detail=error.reason)

    def _ended(self, name: str, found: DagRun, log: tuple[str, ...]) -> Sighting:
        code = self._server.exit_code(name)
        if code is not None:
            return Sighting("ended", code, log)
        if found.note == CANCELLED:
            return Sighting("ended", 128 + signal.SIGTERM, log)
        sentence = (
            "Airflow ended it before its command could say how: its pod or its worker was lost, or "
            f"never came up; see {self._server.link(name)}, then start it again"
        )
        return Sighting("lost", log=log, reason=Reason("job_died", sentence))

    def _tail(self, name: str) -> tuple[str, ...]:
        """The last lines, as many as are told; none where Airflow has no log yet, or no more."""
        try:
            lines = self._server.log(name)
        except LaunchFailed as error:
            _log.warning("airflow_log_unseen", run=name, detail=error.reason)
            return ()
        kept: list[str] = []
        for line in reversed(lines[-LOG_LINES:]):
            if sum(map(len, kept)) + len(line) > LOG_BYTES:
                break
            kept.insert(0, line)
        return tuple(kept)


def _dag_run_id(tenant_id: TenantId, run_id: str) -> str:
    return f"{tenant_id}--{run_id}"
