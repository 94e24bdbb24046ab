"""
A folder in memory for everything that a run of the tests writes, where there is room.

Stores sync what they write, and a disk takes milliseconds for each. What a test shows of durability
it shows by the order of the calls or by killing a process, and both are the same in memory. The
folder goes when all is well; else it stays for who wants to look, until the next run.
"""

import os
import shutil
import tempfile
from pathlib import Path

IN_MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 << 30
PREFIX = "recommender-tests-"


def taken() -> Path | None:
    """Make it this process's and its children's; None where TMPDIR says another, or none fits."""
    if "TMPDIR" in os.environ or not IN_MEMORY.is_dir():
        return None
    for left in IN_MEMORY.glob(f"{PREFIX}*"):
        if not Path("/proc", left.name.removeprefix(PREFIX)).exists():
            shutil.rmtree(left, ignore_errors=True)
    if shutil.disk_usage(IN_MEMORY).free < ROOM_BYTES:
        return None
    folder = IN_MEMORY / f"{PREFIX}{os.getpid()}"
    folder.mkdir(mode=0o700)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    return folder
