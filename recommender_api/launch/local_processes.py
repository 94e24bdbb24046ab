"""
Jobs as processes of this machine: of low priority, in a group and a session of their own.

They outlive the process that started them. A small shell minds each and writes down how it ended,
into a folder of the job's; whoever looks later, after a restart too, reads it there. Where memory
runs out the kernel ends the job first, not the server beside it.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from recommender_store.runs.pulse import began, origin
from recommender_store.tenants.identity import TenantId

from .errors import LaunchFailed
from .protocol import LOG_BYTES, LOG_LINES, Order, Sighting

RECOMMENDER = (sys.executable, "-m", "recommender_cli")
GRACE_S = 10.0
"""From being asked to end to being ended."""
KEPT_JOBS = 50
"""Of a tenant: the folders of older ones go when a new one begins."""
NICENESS = 10

# The shell stays when the group is told to end, and writes down that it did. Its own weight is
# nothing, so that the kernel, short of memory, takes the job.
_MINDER = """
folder=$1; shift
trap : TERM INT HUP
{ echo 500 > /proc/self/oom_score_adj; } 2>/dev/null
nice -n "$NICENESS" "$@" </dev/null >"$folder/log" 2>&1
echo $? >"$folder/exit.new" && mv "$folder/exit.new" "$folder/exit"
"""


class LocalProcesses:
    """A launcher over one folder; two over the same folder see the same jobs."""

    name = "local"

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        program: Sequence[str] = RECOMMENDER,
        grace_s: float = GRACE_S,
    ) -> None:
        self._folder = folder
        self._environment = {**environment, "NICENESS": str(NICENESS)}
        self._program = tuple(program)
        self._grace_s = grace_s

    @property
    def origin(self) -> str:
        return origin()

    def start(self, order: Order) -> None:
        folder = self._job(order.tenant_id, order.run_id)
        try:
            self._forget_old(folder.parent)
            folder.mkdir(parents=True, mode=0o700)
            minder = subprocess.Popen(  # noqa: S603 - our own command, and no shell reads arguments
                ["/bin/sh", "-c", _MINDER, "minder", folder, *self._program, *order.arguments],
                env={**self._environment, **order.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            known = {"pid": minder.pid, "began": began(minder.pid) or ""}
            (folder / "process.new").write_text(json.dumps(known), encoding="ascii")
            (folder / "process.new").rename(folder / "process")
        except OSError as error:
            raise LaunchFailed(str(error)) from error
        # Nobody else takes leave of a child that ended.
        threading.Thread(target=minder.wait, name=f"job-{order.run_id}", daemon=True).start()

    def look(self, tenant_id: TenantId, run_id: str) -> Sighting:
        folder = self._job(tenant_id, run_id)
        pid = _living(folder)
        if not (folder / "process").exists():
            return Sighting("unknown")
        log = _tail(folder / "log")
        if pid is not None:
            return Sighting("running", log=log)
        # What the minder writes last it writes before it goes.
        try:
            code = int((folder / "exit").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return Sighting("lost", log=log)
        return Sighting("ended", code, log)

    def cancel(self, tenant_id: TenantId, run_id: str) -> None:
        folder = self._job(tenant_id, run_id)
        pid = _living(folder)
        if pid is None:
            return
        _tell(pid, signal.SIGTERM)
        threading.Thread(
            target=self._insist, args=(folder, pid), name=f"end-{run_id}", daemon=True
        ).start()

    def _insist(self, folder: Path, pid: int) -> None:
        deadline = time.monotonic() + self._grace_s
        while time.monotonic() < deadline:
            if _living(folder) is None:
                return
            time.sleep(0.05)
        _tell(pid, signal.SIGKILL)

    def _job(self, tenant_id: TenantId, run_id: str) -> Path:
        return self._folder / tenant_id / run_id

    def _forget_old(self, tenant: Path) -> None:
        if not tenant.exists():
            return
        ended = sorted(one for one in tenant.iterdir() if _living(one) is None)
        for folder in ended[: max(len(ended) - KEPT_JOBS + 1, 0)]:
            shutil.rmtree(folder, ignore_errors=True)


def _living(folder: Path) -> int | None:
    """The minder's process, if it is still the one that was started."""
    try:
        known = json.loads((folder / "process").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None
    pid = int(known["pid"])
    return pid if began(pid) == known["began"] else None


def _tell(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _tail(path: Path) -> tuple[str, ...]:
    try:
        with path.open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - LOG_BYTES, 0))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ()
    return tuple(text.splitlines()[-LOG_LINES:])
