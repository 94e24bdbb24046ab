"""
How much memory a step of this process took at the most, and how much of the processors' time.

On Linux the kernel's own high-water mark of resident memory (`VmHWM`, mapped files that were read
among it), which is set back at the beginning of each step; nothing is sampled. Where it cannot be
set back, it is the whole process' until then, and said to be so. A child process counts where it
was larger than any before it.
"""

import os
import resource
import sys
from pathlib import Path
from typing import Literal

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # proc(5): the peak of resident memory, and nothing else
_BYTES_PER_MAXRSS = 1 if sys.platform == "darwin" else 1024


class Footprint:
    """Measured from its making on."""

    def __init__(self) -> None:
        self.peak_of: Literal["step", "process"] = "step" if _reset() else "process"
        self._cpu_before_s = _cpu_s()
        self._children_before = _maxrss_mb(resource.RUSAGE_CHILDREN)

    def cpu_s(self) -> float:
        return round(_cpu_s() - self._cpu_before_s, 3)

    def peak_mb(self) -> float:
        children = _maxrss_mb(resource.RUSAGE_CHILDREN)
        own = _high_water_mb() if self.peak_of == "step" else _maxrss_mb(resource.RUSAGE_SELF)
        return round(max(own, children if children > self._children_before else 0.0), 1)


def _cpu_s() -> float:
    """Of this process and those of its children that ended, on all cores."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _reset() -> bool:
    try:
        _RESET.write_text(_RESET_PEAK, encoding="ascii")
    except OSError:
        return False
    return True


def _high_water_mb() -> float:
    for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return _maxrss_mb(resource.RUSAGE_SELF)


def _maxrss_mb(whose: int) -> float:
    return resource.getrusage(whose).ru_maxrss * _BYTES_PER_MAXRSS / 1024**2
