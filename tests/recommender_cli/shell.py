"""The command line as a person uses it: a child process in a folder of its own."""

import atexit
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT_S = 120


@dataclass(frozen=True)
class Said:
    """What a verb said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """
    Runs `recommender` in a folder of its own, with nothing set.

    Each verb is a process; `cold` ones are programs of their own that import all they need, the
    others are forked from one that has imported it already (`forker.py`).
    """

    folder: Path
    is_cold: bool = False

    @property
    def cold(self) -> "Shell":
        return Shell(self.folder, is_cold=True)

    def run(self, *arguments: object, stdin: str = "", **environment: str) -> Said:
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder, name) for name in ("in", "out", "err")]
            for path, text in zip(files, (stdin, "", ""), strict=True):
                path.write_text(text, encoding="utf-8")
            run = _started if self.is_cold else _forked
            code = run([*map(str, arguments)], self.folder, {**_clean(), **environment}, files)
            return Said(code, *(path.read_text(encoding="utf-8") for path in files[1:]))


Run = Callable[[list[str], Path, dict[str, str], list[Path]], int]


def _started(
    arguments: list[str], folder: Path, environment: dict[str, str], files: list[Path]
) -> int:
    with files[0].open() as stdin, files[1].open("w") as out, files[2].open("w") as err:
        done = subprocess.run(
            [sys.executable, "-m", "recommender_cli", *arguments],
            cwd=folder,
            env=environment,
            stdin=stdin,
            stdout=out,
            stderr=err,
            timeout=LIMIT_S,
            check=False,
        )
    return done.returncode


def _forked(
    arguments: list[str], folder: Path, environment: dict[str, str], files: list[Path]
) -> int:
    asked = {
        "arguments": arguments,
        "folder": str(folder),
        "environment": environment,
        "files": [*map(str, files)],
    }
    line = _line()
    line.sendall(json.dumps(asked).encode() + b"\n")
    told = line.recv(16)
    assert told, "the process that runs verbs has ended"
    return int(told)


@functools.cache
def _line() -> socket.socket:
    """To the process that forks, which ends with this one."""
    ours, theirs = socket.socketpair()
    forker = subprocess.Popen(
        [sys.executable, "-P", str(Path(__file__).with_name("forker.py")), str(theirs.fileno())],
        env=_clean(),
        pass_fds=(theirs.fileno(),),
    )
    theirs.close()
    ours.settimeout(LIMIT_S)

    def end() -> None:
        ours.close()
        forker.wait(LIMIT_S)

    atexit.register(end)
    return ours


def _clean() -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("RECOMMENDER_")
    }
    return {**kept, "COLUMNS": "200"}
