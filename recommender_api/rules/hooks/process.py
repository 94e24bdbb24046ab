"""
Start and end the process of a tenant's hooks.

It is a new program, never a fork of the worker: it holds no file, no memory and no variable of the
environment that it was not given.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

CHILD: Final = f"{__package__}.child"
HANDED_ON: Final = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
"""All that a hook sees of the environment: no key, no token, no credentials."""


class Spawned(NamedTuple):
    """A child, and this end of the line to it."""

    process: "subprocess.Popen[bytes]"
    line: socket.socket


def spawn(names: Sequence[str]) -> Spawned:
    """
    Start a process that loads these hooks.

    Raises:
        OSError: where the machine has no more to give.
    """
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", CHILD, str(theirs.fileno()), *names],
                env=clean(os.environ),
                cwd=os.sep,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
    except OSError:
        ours.close()
        raise
    return Spawned(process, ours)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Kill it with all that it started, and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """What a hook may see of the environment, and where its modules are found."""
    kept = {name: environment[name] for name in HANDED_ON if name in environment}
    return {**kept, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
