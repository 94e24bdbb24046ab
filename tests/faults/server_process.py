"""`recommender serve` as a process of its own, on one port however often it is started."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from tests.ports import free_port
from tests.recommender_api.served import NO_TLS, PATIENCE_S, until

ROOT = Path(__file__).parents[2]


class ServerProcess:
    """`command` stands before the options of `serve`; the store lies in `folder`."""

    def __init__(self, folder: Path, *command: str) -> None:
        self.port, self.internal_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        ports = ["--port", str(self.port), "--internal-port", str(self.internal_port)]
        self._command = [
            *(sys.executable, *(command or ("-m", "recommender_cli", "serve"))),
            *ports,
        ]
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "RECOMMENDER_STORE_URL": f"file://{folder / 'store'}",
            "RECOMMENDER_CACHE_DIR": str(folder / "cache"),
        }
        self._said = Path(tempfile.mkdtemp(prefix="server-")) / "said.txt"
        """Not in the folder, which may be a full disk."""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when it is ready."""
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=said, stderr=said
            )
        until(self._is_ready)

    def end(self, how: int = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE_S)
            self._process = None

    @property
    def peak_mib(self) -> float:
        """The most memory that it has held."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) / 1024

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._said.read_text(errors="replace")
        address = f"http://127.0.0.1:{self.internal_port}/readyz"
        try:
            return httpx.get(address, verify=NO_TLS).status_code == 200
        except httpx.TransportError:
            return False
