"""
Programs of ours as child processes: started as a shell would, or forked from a process that has
imported already what they import (`forker.py`).
"""

import atexit
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

LIMIT_S = 120


def started(
    module: str, arguments: Sequence[str], folder: Path, env: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """`python -m MODULE ARGUMENTS…`, whatever it has to import."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env=dict(env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def forked(
    module: str, arguments: Sequence[str], folder: Path, env: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """The same, without the wait for imports."""
    with tempfile.TemporaryDirectory() as place:
        files = [Path(place, name) for name in ("in", "out", "err")]
        for path, text in zip(files, (stdin, "", ""), strict=True):
            path.write_text(text, encoding="utf-8")
        asked = {
            "module": module,
            "arguments": [*arguments],
            "folder": str(folder),
            "environment": dict(env),
            "files": [*map(str, files)],
        }
        line = _line()
        line.sendall(json.dumps(asked).encode() + b"\n")
        told = line.recv(16)
        assert told, "the process that forks has ended"
        said = (path.read_text(encoding="utf-8") for path in files[1:])
        return subprocess.CompletedProcess([module, *arguments], int(told), *said)


@functools.cache
def _line() -> socket.socket:
    """To the process that forks, which ends with this one."""
    ours, theirs = socket.socketpair()
    forker = subprocess.Popen(
        [sys.executable, "-P", str(Path(__file__).with_name("forker.py")), str(theirs.fileno())],
        env=clean_environment(),
        pass_fds=(theirs.fileno(),),
    )
    theirs.close()
    ours.settimeout(LIMIT_S)

    def end() -> None:
        ours.close()
        forker.wait(LIMIT_S)

    atexit.register(end)
    return ours


def clean_environment() -> dict[str, str]:
    """This one's, with nothing set for the platform, and a wide terminal."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("RECOMMENDER_")
    }
    return {**kept, "COLUMNS": "200"}
