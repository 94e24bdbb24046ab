"""
A command as a process of this machine, of low priority and in a group of its own, line by line.

Knows nothing of Airflow. What the command says on either stream is handed on as it comes.
"""

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

GRACE_S = 3.0
"""From being asked to end to being ended: less than Airflow leaves a task."""

KEPT_LINES = 50


class Process:
    """One command, from its start to its end."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        self.said: deque[str] = deque(maxlen=KEPT_LINES)
        """Its last lines."""
        self._process = subprocess.Popen(  # noqa: S603 - our own command, and no shell reads it
            ["nice", "-n", "10", *words],  # noqa: S607 - wherever this system has it
            env={**environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def follow(self, tell: Callable[[str], None]) -> int:
        """
        Hand on what it says until it ends.

        Returns:
            Its exit code; 128 and the signal where one ended it.
        """
        stream = self._process.stdout
        if stream is not None:
            with stream:
                for line in stream:
                    self.said.append(line.rstrip("\n"))
                    tell(self.said[-1])
        code = self._process.wait()
        return code if code >= 0 else 128 - code

    def end(self) -> None:
        """It, and all that it started: asked first, then made to; one that has ended is let be."""
        if self._process.returncode is not None:  # its number may be somebody else's by now
            return
        self._tell(signal.SIGTERM)
        threading.Timer(GRACE_S, self._tell, (signal.SIGKILL,)).start()

    def _tell(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
