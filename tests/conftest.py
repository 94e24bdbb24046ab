"""
Where tests write: in memory, if there is room.

Stores sync what they write, and a disk takes milliseconds for each. What a test shows of durability
it shows by the order of the calls or by killing a process, and both are the same on either.
"""

import os
import shutil
import tempfile
from pathlib import Path

IN_MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 << 30

has_room = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= ROOM_BYTES
if has_room and "TMPDIR" not in os.environ:
    os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)
