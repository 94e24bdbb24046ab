"""
The launcher of `RECOMMENDER_LAUNCHER=kubernetes`.

Every replica sees every Job, for the cluster holds what there is to know. A cluster that cannot be
asked ends no run: it is told as it was.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import structlog

from recommender_api.launch.errors import LaunchFailed
from recommender_api.launch.protocol import LOG_BYTES, LOG_LINES, Order, Reason, Sighting
from recommender_store.tenants.identity import TenantId

from .cluster import Cluster
from .manifest import job_manifest, job_name
from .seen import CANCELLED, Job, Pod, seen
from .settings import KubernetesSettings
from .template import read_template

RECOMMENDER = ("recommender",)

_log = structlog.get_logger()


class KubernetesJobs:
    """A launcher over one namespace; two over the same one see the same Jobs."""

    name = "kubernetes"

    def __init__(
        self,
        settings: KubernetesSettings,
        told: Mapping[str, str],
        program: Sequence[str] = RECOMMENDER,
    ) -> None:
        self._settings = settings
        self._told = told
        self._program = program
        self._cluster = Cluster(settings)

    @property
    def origin(self) -> str:
        return f"kubernetes:{self._settings.cluster}/{self._settings.namespace}"

    def start(self, order: Order) -> None:
        template = read_template(self._settings.pod_template)
        told = {**self._told, **order.environment}
        manifest = job_manifest(order, self._settings, template, self._program, told)
        self._cluster.create(manifest)

    def look(self, tenant_id: TenantId, run_id: str) -> Sighting:
        try:
            return self._look(tenant_id, run_id)
        except LaunchFailed as error:
            return Sighting("unseen", log=(error.reason,))

    def cancel(self, tenant_id: TenantId, run_id: str) -> None:
        self._end(job_name(tenant_id, run_id), CANCELLED)

    def _look(self, tenant_id: TenantId, run_id: str) -> Sighting:
        name = job_name(tenant_id, run_id)
        job = self._cluster.job(name)
        if job is None:
            return Sighting("unknown", reason=_gone(name, self._settings.namespace))
        pod = self._cluster.newest_pod(tenant_id, run_id)
        told = seen(job, pod, self._settings, datetime.now(UTC))
        reason = told.sighting.reason
        if told.is_stuck and reason is not None:
            self._end(name, f"{reason.code}: {reason.sentence}")
        return told.sighting._replace(log=self._tail(job, pod))

    def _end(self, name: str, why: str) -> None:
        try:
            self._cluster.end(name, why)
        except LaunchFailed as error:
            # Its record says that it ended: it finds that at its next step, and stops.
            _log.warning("job_not_ended", job=name, detail=error.reason)

    def _tail(self, job: Job, pod: Pod | None) -> tuple[str, ...]:
        said = b"" if pod is None else self._cluster.log(pod, job.container)
        return tuple(said[-LOG_BYTES:].decode("utf-8", "replace").splitlines()[-LOG_LINES:])


def _gone(name: str, namespace: str) -> Reason:
    return Reason(
        "job_died",
        f"its Job {name} is not in the namespace {namespace} any more: somebody deleted it, or it "
        "ended long ago (RECOMMENDER_KUBERNETES_KEEP_S); start it again",
    )
