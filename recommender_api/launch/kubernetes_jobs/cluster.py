"""
The Kubernetes API, as far as Jobs need it; the client is imported when it is asked for first.

What goes wrong is told in one sentence that names the fix. Nothing is decided here.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from pydantic import ValidationError

from recommender_api.launch.errors import LaunchFailed
from recommender_api.launch.protocol import LOG_LINES

from .manifest import RUN, TENANT
from .seen import ENDED_FOR, Job, Pod
from .settings import POD_NAMESPACE, KubernetesSettings

RIGHTS = "jobs: create, get, patch; pods: list; pods/log: get"
LIMITS_S = (3.0, 10.0)
"""To connect, and between two bytes of an answer."""
LOG_LIMIT_BYTES = 4 * 2**20

_Told = TypeVar("_Told")


class _Pods(msgspec.Struct, frozen=True):
    items: tuple[Pod, ...] = ()


class Cluster:
    """One namespace of one cluster. Safe to share between threads."""

    def __init__(self, settings: KubernetesSettings) -> None:
        self._settings = settings
        self._namespace = settings.namespace
        self._making = threading.Lock()
        self._client: Any = None

    def create(self, manifest: dict[str, Any]) -> None:
        """
        Whether it is there already, by an earlier try whose answer was lost, is no matter.

        Raises:
            LaunchFailed: nothing was started.
        """
        self._ask("create_namespaced_job", body=manifest, fine=(409,))

    def job(self, name: str) -> Job | None:
        said = self._ask("read_namespaced_job", name, fine=(404,))
        return None if said is None else self._read(said, Job)

    def newest_pod(self, tenant: str, run_id: str) -> Pod | None:
        labels = f"{TENANT}={tenant},{RUN}={run_id}"
        said = self._ask("list_namespaced_pod", label_selector=labels)
        pods = self._read(said or b"{}", _Pods).items
        return max(pods, key=lambda pod: pod.metadata.creation_timestamp, default=None)

    def log(self, pod: Pod, container: str) -> bytes:
        """The end of what its container said; nothing where there is nothing yet, or any more."""
        limits = {"tail_lines": LOG_LINES, "limit_bytes": LOG_LIMIT_BYTES}
        said = self._ask(
            "read_namespaced_pod_log",
            pod.metadata.name,
            fine=(400, 404),
            container=container,
            **limits,
        )
        return said or b""

    def end(self, name: str, why: str) -> None:
        """SIGTERM to its pod soon, SIGKILL after its grace; the Job stays, and why it was ended."""
        annotated = {"annotations": {ENDED_FOR: why}}
        patch = {"metadata": annotated, "spec": {"activeDeadlineSeconds": 1}}
        self._ask("patch_namespaced_job", name, body=patch, fine=(404,))

    def _ask(
        self, verb: str, *names: str, fine: tuple[int, ...] = (), **asked: Any
    ) -> bytes | None:
        """What the cluster says; None where it answers with one of the statuses that are `fine`."""
        with self._in_words():
            from kubernetes.client.exceptions import ApiException

            ask = getattr(self._interface(verb), verb)
            try:
                said = ask(
                    *names,
                    namespace=self._namespace,
                    _preload_content=False,
                    _request_timeout=LIMITS_S,
                    **asked,
                )
            except ApiException as error:
                if error.status in fine:
                    return None
                raise
            return bytes(said.data)

    def _read(self, said: bytes, kind: type[_Told]) -> _Told:
        try:
            return msgspec.json.decode(said, type=kind)
        except msgspec.MsgspecError as error:
            raise LaunchFailed(
                f"what answers is no Kubernetes API ({error}): look at the address in KUBECONFIG"
            ) from error

    def _interface(self, verb: str) -> Any:
        from kubernetes import client

        with self._making:
            if self._client is None:
                self._client = client.ApiClient(self._found())
        of = client.BatchV1Api if verb.endswith("_job") else client.CoreV1Api
        return of(self._client)

    def _found(self) -> Any:
        """Where the cluster is, and who asks it: a pod's own account, or a kube config."""
        from kubernetes import client, config

        found = client.Configuration()
        if self._settings.kubeconfig is None and POD_NAMESPACE.exists():
            config.load_incluster_config(client_configuration=found)
        else:
            config.load_kube_config(self._settings.kubeconfig, client_configuration=found)
        found.retries = 1
        return found

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            from kubernetes.client.exceptions import ApiException
            from kubernetes.config import ConfigException
            from urllib3.exceptions import HTTPError
        except ImportError as error:
            raise LaunchFailed(
                "the Kubernetes client is not installed: pip install "
                "'recommender-platform[kubernetes]'"
            ) from error
        try:
            yield
        except ApiException as error:
            raise LaunchFailed(self._sentence(error.status, _message(error))) from error
        except ConfigException as error:
            raise LaunchFailed(
                f"nothing says where the cluster is ({error}): serve from a pod with a service "
                "account, or set KUBECONFIG"
            ) from error
        except ValidationError as error:
            raise LaunchFailed(self._sentence(422, str(error))) from error
        except (HTTPError, OSError) as error:
            raise LaunchFailed(
                f"the cluster cannot be reached ({error}): look at the network, at its policies, "
                "and at the address in KUBECONFIG"
            ) from error

    def _sentence(self, status: int | None, message: str) -> str:
        match status:
            case 401:
                return "the cluster does not know who asks (401): renew the token or certificate"
            case 403:
                return (
                    f"the cluster forbids it ({message}): give the API's service account a Role in "
                    f"{self._namespace} with {RIGHTS}"
                )
            case 404:
                return (
                    f"there is no such place ({message}): make the namespace {self._namespace}, or "
                    "set RECOMMENDER_KUBERNETES_NAMESPACE"
                )
            case 400 | 422:
                return (
                    f"the cluster refuses the Job ({message}): correct "
                    "RECOMMENDER_KUBERNETES_POD_TEMPLATE"
                )
        return f"the cluster answers {status} ({message}): try again, and look at its API servers"


class _Status(msgspec.Struct, frozen=True):
    message: str = ""


def _message(error: Any) -> str:
    """What a refusal says of itself."""
    try:
        return msgspec.json.decode(error.body or "", type=_Status).message or str(error.reason)
    except msgspec.MsgspecError:
        return str(error.reason)
