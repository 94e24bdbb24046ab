"""
A job as a pod: Airflow's own operator, whose ending goes by the command's exit code.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.utils.xcom_sidecar import PodDefaults

from airflow_dags.commands import Order, Tells, environment
from airflow_dags.jobs.ending import RETURN_VALUE, SAYS, end
from airflow_dags.pod import CONTAINER, LOCKED, resized, told
from airflow_dags.settings import DagSettings

_TOLD = {"much": f"{PodDefaults.XCOM_MOUNT_PATH}/return.json", "little": "/dev/termination-log"}
"""Where a command writes it; what lies in the second is the last message of its container."""


class PodJob(KubernetesPodOperator):
    """The command that `command` makes of the order, run in the pod that was described."""

    template_fields: Sequence[str] = (*KubernetesPodOperator.template_fields, "order")
    pod_template_dict: dict[str, Any]
    labels: dict[str, str]

    def __init__(
        self,
        *,
        command: Callable[[Order], list[str]],
        order: Any,
        pod: dict[str, Any],
        tells: Tells,
        **task: Any,
    ) -> None:
        super().__init__(
            pod_template_dict=pod,
            base_container_name=CONTAINER,
            do_xcom_push=tells == "much",
            xcom_sidecar_container_security_context=LOCKED,
            termination_message_policy="FallbackToLogsOnError",
            on_finish_action="delete_pod",
            startup_timeout_seconds=1800,
            log_events_on_failure=True,
            log_formatter=_said,
            **task,
        )
        self.command, self.order, self.tells = command, order, tells

    def execute(self, context: Any) -> Any:
        self.prepare()
        return super().execute(context)

    def prepare(self) -> None:
        """Make arguments, labels and size of what the task was told."""
        output = [f"--output={_TOLD[self.tells]}"] if self.tells in _TOLD else []
        self.arguments = [*self.command(self.order), *output]
        if "resources" in self.order:
            settings, size = DagSettings.from_environment(), self.order["resources"]
            self.pod_template_dict = resized(self.pod_template_dict, size, settings)
        self.pod_template_dict = told(self.pod_template_dict, environment(self.order))
        names = {"tenant": "recommender/tenant", "run_id": "recommender/run"}
        self.labels = {
            **self.labels,
            **{label: self.order[name] for name, label in names.items() if name in self.order},
        }

    def cleanup(
        self, pod: Any, remote_pod: Any, xcom_result: Any = None, context: Any = None
    ) -> None:
        ended = None if self._killed else _terminated(remote_pod)
        if ended is None or context is None or ended.exit_code == 0:
            super().cleanup(pod, remote_pod, xcom_result, context)
            if ended is not None and context is not None:
                end(context, ended.exit_code, ())
                self._hand_on(context, ended.message)
            return
        if self.log_events_on_failure:
            self._read_pod_events(pod, reraise=False)
        self.process_pod_deletion(remote_pod, reraise=False)
        end(context, ended.exit_code, (ended.message or ended.reason or "").splitlines())

    def _hand_on(self, context: Any, message: str | None) -> None:
        if self.tells == "little" and message:
            context["ti"].xcom_push(key=RETURN_VALUE, value=json.loads(message))


def _terminated(pod: Any) -> Any:
    """How the job's own container ended; None where it did not, or nobody saw it."""
    for one in (pod.status.container_statuses if pod and pod.status else None) or ():
        if one.name == CONTAINER and one.state is not None:
            return one.state.terminated
    return None


def _said(_: str, line: str) -> str:
    return f"{SAYS}{line}"
