"""
How much of the time that goes by is a process's own: while it runs, and while it waits for
anything but a processor.

What a busy machine has it wait for a processor is not its doing. The kernel keeps an account of
that (Linux does); where none is kept, or none can be read, all time is the process's own.
"""

import os
import time
from pathlib import Path
from typing import NamedTuple, Protocol

from typing_extensions import override

_CPU_CLOCK_OF_PROCESS = 2
"""In the lowest bits of a clock's number, which has the process's above them (`clock_getcpuclockid`
makes it so; Python has that function for threads alone)."""


class Mark(NamedTuple):
    """A moment, and what the process had used of processors and waited for one until then."""

    at_s: float
    used_s: float = 0.0
    waited_s: float = 0.0


class OwnTime(Protocol):
    """Of one process."""

    def mark(self) -> Mark:
        """This moment."""

    def since(self, mark: Mark) -> float:
        """Seconds of its own since then."""

    def close(self) -> None:
        """It is asked no more."""


class AllTime(OwnTime):
    """Where nobody keeps an account."""

    @override
    def mark(self) -> Mark:
        return Mark(time.monotonic())

    @override
    def since(self, mark: Mark) -> float:
        return time.monotonic() - mark.at_s

    @override
    def close(self) -> None:
        pass


class LinuxTime(OwnTime):
    """
    Of the process's first thread, by `/proc/PID/schedstat`.

    A wait is entered there once it is over. So of a process that wants to run at this very moment
    only what it has used counts: what is left of the time may be a wait that nobody has entered.

    Raises:
        OSError: where there is no such process, or no account.
    """

    def __init__(self, pid: int) -> None:
        self._state = Path(f"/proc/{pid}/stat")
        self._clock = (~pid << 3) | _CPU_CLOCK_OF_PROCESS
        self._account = os.open(f"/proc/{pid}/schedstat", os.O_RDONLY | os.O_CLOEXEC)

    @override
    def mark(self) -> Mark:
        at_s = time.monotonic()
        try:
            waited_ns = int(os.pread(self._account, 128, 0).split()[1])
            return Mark(at_s, time.clock_gettime(self._clock), waited_ns / 1e9)
        except OSError:  # it is gone, as its line says presently
            return Mark(at_s)

    @override
    def since(self, mark: Mark) -> float:
        now = self.mark()
        if self._wants_to_run():
            return now.used_s - mark.used_s
        return (now.at_s - mark.at_s) - (now.waited_s - mark.waited_s)

    @override
    def close(self) -> None:
        os.close(self._account)

    def _wants_to_run(self) -> bool:
        try:
            return self._state.read_text().rpartition(")")[2].split()[0] == "R"
        except OSError:
            return False


def own_time_of(pid: int) -> OwnTime:
    """The account that this machine keeps of a process."""
    try:
        return LinuxTime(pid)
    except OSError:
        return AllTime()
