"""
The demo's own server, and the REST calls that an admin and a tenant would make.

A real `recommender serve` in a child process; what the demo does to it, anybody could.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

START_TIMEOUT_S = 60.0
REQUEST_TIMEOUT_S = 60.0


class Platform:
    """A running API, as an admin sees it."""

    def __init__(self, url: str, admin_token: str, server: "subprocess.Popen[bytes]") -> None:
        self.url = url
        self.admin_token = admin_token
        self.server = server

    def call(
        self, method: str, path: str, body: Any = None, *, query: dict[str, Any] | None = None
    ) -> Any:
        """
        One request below `/v1/tenants`, as the admin.

        Raises:
            RuntimeError: with the problem's own sentence.
        """
        url = f"{self.url}/v1/tenants{path}" + (f"?{urlencode(query)}" if query else "")
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {
            "Authorization": f"Bearer {self.admin_token}",
            "Content-Type": "application/json",
        }
        request = Request(url, data=data, method=method, headers=headers)  # noqa: S310 - our own server
        try:
            with urlopen(request, timeout=REQUEST_TIMEOUT_S) as answer:  # noqa: S310 - the same
                return json.loads(answer.read() or b"null")
        except HTTPError as error:
            told = json.loads(error.read() or b"{}")
            raise RuntimeError(f"{method} {path}: {told.get('detail', error.reason)}") from error

    def recommend(self, tenant: str, route: str, **query: Any) -> Any:
        """One of the GET routes; ids in `route` are quoted already."""
        return self.call("GET", f"/{tenant}/{route}", query=query)


def segment(outside_id: str) -> str:
    """An id as one segment of a path."""
    return quote(outside_id, safe="")


@contextmanager
def running_platform(store_url: str, port: int) -> Iterator[Platform]:
    """A server on `port`, or on a free one where that is taken; ended with the block."""
    port = port if port and _is_free(port) else _free_port()
    token = secrets.token_hex(16)
    environment = {
        **os.environ,
        "RECOMMENDER_STORE_URL": store_url,
        "RECOMMENDER_ADMIN_TOKEN": f"demo={token}",
    }
    command = [sys.executable, "-m", "recommender_cli", "serve", "--port", str(port)]
    command += ["--internal-port", str(_free_port())]
    with TemporaryFile() as said:
        server = subprocess.Popen(command, env=environment, stderr=said)  # noqa: S603 - our own command
        try:
            _wait_for(server, port, said)
            yield Platform(f"http://127.0.0.1:{port}", token, server)
        finally:
            server.terminate()
            server.wait()


def _wait_for(server: "subprocess.Popen[bytes]", port: int, said: IO[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            said.seek(0)
            reason = said.read().decode("utf-8", "replace").strip()[-500:]
            raise RuntimeError(f"the API did not start: {reason}")
        try:
            with urlopen(f"http://127.0.0.1:{port}/openapi.json", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the API did not answer within {START_TIMEOUT_S:.0f} s")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
