"""
A Kubernetes API over HTTP, as far as Jobs need it: their containers are processes of this machine.

Manifests are held to the schemas of Kubernetes, rights to what the server was told. What a real
cluster would say of a pod that was evicted, or never had a node, a test lays over what is so.
"""

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import kubernetes_validate
import yaml

NAMESPACE = "recommender"
PATHS = re.compile(
    r"/apis/batch/v1/namespaces/(?P<at>[^/]+)/(?P<kind>jobs)(/(?P<name>[^/]+))?|"
    r"/api/v1/namespaces/(?P<at_>[^/]+)/(?P<kind_>pods)(/(?P<name_>[^/]+)/(?P<part>log))?"
)
RIGHTS = {"create jobs", "get jobs", "patch jobs", "list pods", "get pods/log"}
VERBS = {"POST": "create", "PATCH": "patch"}


class Refused(Exception):  # noqa: N818 - what a server does, as its answers are called
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Held:
    """One Job, and the process that is its container."""

    def __init__(self, manifest: dict[str, Any], folder: Path, secrets: dict[str, str]) -> None:
        self.manifest = manifest
        self.created_at = datetime.now(UTC)
        self.name = manifest["metadata"]["name"]
        self.is_past_deadline = False
        self.log = folder / f"{self.name}.log"
        pod = manifest["spec"]["template"]["spec"]
        container = pod["containers"][0]
        self.grace_s = pod["terminationGracePeriodSeconds"]
        variables = {one["name"]: _value(one, secrets) for one in container["env"]}
        words = [_expanded(word, variables) for word in container["command"] + container["args"]]
        with self.log.open("wb") as said:
            self.process = subprocess.Popen(
                words,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._minding = threading.Thread(target=self._mind, daemon=True)
        self._minding.start()

    def end(self, grace_s: float | None = None) -> None:
        self._tell(signal.SIGTERM)
        insisting = threading.Timer(
            self.grace_s if grace_s is None else grace_s, self._tell, (signal.SIGKILL,)
        )
        insisting.daemon = True
        insisting.start()
        if grace_s is not None:
            self._minding.join()

    def _mind(self) -> None:
        self.process.wait()
        self._tell(signal.SIGKILL)

    def _tell(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    @property
    def exit_code(self) -> int | None:
        code = self.process.returncode if not self._minding.is_alive() else None
        return 128 - code if code is not None and code < 0 else code

    def told(self) -> dict[str, Any]:
        status: dict[str, Any] = {"failed": int(bool(self.exit_code))}
        if self.exit_code is not None:
            kind = "Failed" if self.exit_code else "Complete"
            reason = "DeadlineExceeded" if self.is_past_deadline else "BackoffLimitExceeded"
            status["conditions"] = [{"type": kind, "status": "True", "reason": reason}]
        return {**self.manifest, "status": status}

    def pod(self) -> dict[str, Any]:
        state: dict[str, Any] = {"running": {}}
        phase = "Running"
        if self.exit_code is not None:
            state = {"terminated": {"exitCode": self.exit_code, "reason": "Error"}}
            phase = "Failed" if self.exit_code else "Succeeded"
        container = self.manifest["spec"]["template"]["spec"]["containers"][0]["name"]
        return {
            "metadata": {
                "name": f"{self.name}-x7f2q",
                "labels": self.manifest["spec"]["template"]["metadata"]["labels"],
                "creationTimestamp": self.manifest["metadata"]["creationTimestamp"],
            },
            "status": {
                "phase": phase,
                "containerStatuses": [{"name": container, "state": state}],
            },
        }


class SmallCluster(ThreadingHTTPServer):
    """One namespace; what it holds ends with it."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._folder = folder
        self.jobs: dict[str, Held] = {}
        self.secrets: dict[str, str] = {}
        self.rights = set(RIGHTS)
        self.token = "a-service-account-s-token"
        self.failing: int | None = None
        self.pod_status: dict[str, Any] = {}
        """Laid over what a pod's is."""
        self.job_status: dict[str, Any] = {}
        self.created_at: str | None = None
        """Of every Job and pod, whenever that really was."""
        self.has_pods = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def kubeconfig(self, token: str | None = None) -> str:
        named = {"current-context": "it", "apiVersion": "v1", "kind": "Config"}
        context = {"name": "it", "context": {"cluster": "it", "user": "it"}}
        who = {"name": "it", "user": {"token": token or self.token}}
        where = {"name": "it", "cluster": {"server": self.url}}
        path = self._folder / "kubeconfig"
        path.write_text(
            yaml.safe_dump({**named, "clusters": [where], "users": [who], "contexts": [context]}),
            encoding="utf-8",
        )
        return str(path)

    def create(self, job: dict[str, Any]) -> dict[str, Any]:
        try:
            kubernetes_validate.validate(job, "1.33", strict=True)
        except kubernetes_validate.ValidationError as error:
            raise Refused(422, str(error)) from error
        name = job["metadata"]["name"]
        if name in self.jobs:
            raise Refused(409, f'jobs.batch "{name}" already exists')
        job["metadata"]["creationTimestamp"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        self.jobs[name] = Held(job, self._folder, self.secrets)
        return self.told(name)

    def told(self, name: str) -> dict[str, Any]:
        if name not in self.jobs:
            raise Refused(404, f'jobs.batch "{name}" not found')
        told = self._dated(self.jobs[name].told())
        return {**told, "status": {**told["status"], **self.job_status}}

    def patch(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        self.told(name)
        held = self.jobs[name]
        held.manifest["metadata"].setdefault("annotations", {}).update(
            body["metadata"]["annotations"]
        )
        held.manifest["spec"].update(body["spec"])
        if held.exit_code is None:
            held.is_past_deadline = True
            held.end()
        return self.told(name)

    def pods(self, selector: str) -> dict[str, Any]:
        wanted = dict(one.split("=", 1) for one in selector.split(","))
        pods = [
            held.pod()
            for held in self.jobs.values()
            if not (held.is_past_deadline and held.exit_code is not None)
        ]
        found = [pod for pod in pods if wanted.items() <= pod["metadata"]["labels"].items()]
        for pod in found:
            pod["status"] |= self.pod_status
        return {"items": [self._dated(pod) for pod in found] if self.has_pods else []}

    def log(self, pod: str, tail_lines: int) -> bytes:
        held = self.jobs.get(pod.rpartition("-")[0])
        if held is None:
            raise Refused(404, f'pods "{pod}" not found')
        return b"".join(held.log.read_bytes().splitlines(keepends=True)[-tail_lines:])

    def _dated(self, thing: dict[str, Any]) -> dict[str, Any]:
        if self.created_at is None:
            return thing
        return {**thing, "metadata": {**thing["metadata"], "creationTimestamp": self.created_at}}


class _Handler(BaseHTTPRequestHandler):
    server: SmallCluster
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        try:
            said = self._said(body)
            status = 201 if self.command == "POST" else 200
        except Refused as refused:
            said, status = {"kind": "Status", "message": str(refused)}, refused.status
        data = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - as the library calls them

    def _said(self, body: dict[str, Any]) -> bytes | dict[str, Any]:
        cluster, url = self.server, urlsplit(self.path)
        path = PATHS.fullmatch(url.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if path is None:
            raise Refused(404, f"no route {url.path}")
        kind, name = path["kind"] or path["kind_"], path["name"] or path["name_"]
        self._check(path["at"] or path["at_"], f"{kind}/log" if path["part"] else kind, name)
        if path["part"]:
            return cluster.log(name, int(asked["tailLines"]))
        if kind == "pods":
            return cluster.pods(asked["labelSelector"])
        match self.command:
            case "POST":
                return cluster.create(body)
            case "PATCH":
                return cluster.patch(name, body)
        return cluster.told(name)

    def _check(self, namespace: str, kind: str, name: str | None) -> None:
        cluster = self.server
        if cluster.failing is not None:
            raise Refused(cluster.failing, "the control plane is not well")
        if self.headers["authorization"] != f"Bearer {cluster.token}":
            raise Refused(401, "Unauthorized")
        right = f"{VERBS.get(self.command, 'get' if name else 'list')} {kind}"
        if right not in cluster.rights:
            raise Refused(403, f"serviceaccount api cannot {right}")
        if namespace != NAMESPACE:
            raise Refused(404, f'namespaces "{namespace}" not found')

    def log_message(self, *_: object) -> None:
        """Nobody reads along."""


@contextmanager
def small_cluster(folder: Path) -> Iterator[SmallCluster]:
    with SmallCluster(folder) as cluster:
        thread = threading.Thread(target=cluster.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield cluster
        finally:
            cluster.shutdown()
            thread.join()
            for held in cluster.jobs.values():
                held.end(grace_s=0)


def _value(variable: dict[str, Any], secrets: dict[str, str]) -> str:
    if "value" in variable:
        return str(variable["value"])
    if "fieldRef" in variable["valueFrom"]:
        return {"status.podIP": "127.0.0.1", "metadata.name": "pod"}[
            variable["valueFrom"]["fieldRef"]["fieldPath"]
        ]
    reference = variable["valueFrom"]["secretKeyRef"]
    return secrets[f"{reference['name']}/{reference['key']}"]


def _expanded(word: str, variables: dict[str, str]) -> str:
    """As Kubernetes does: `$(NAME)` is the variable's value, `$$` a dollar sign."""

    def value(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else variables.get(match[1], match[0])

    return re.sub(r"\$\$|\$\(([\w.-]+)\)", value, word)
