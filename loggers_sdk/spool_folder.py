"""
The folder in which the processes of one tenant keep their spool files.

Makes files for this process and takes over those whose process is dead. A name tells when and by
whom a file was begun, so that names sort by age.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from .segment import SUFFIX, Segment


class SpoolFolder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self) -> Segment:
        """Begin a file, in a folder that only this user may look into; raises OSError."""
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{time.time_ns() // 1_000_000:013d}-{os.getpid()}-{os.urandom(4).hex()}{SUFFIX}"
        return Segment.create(self._path / name)

    def adopt(self, held: set[Path], limit_files: int) -> tuple[list[Segment], int]:
        """Take over dead processes' files, oldest first; returns them and what others hold."""
        adopted: list[Segment] = []
        others_bytes = 0
        for path in sorted(set(self._path.glob(f"*{SUFFIX}")) - held):
            segment = Segment.adopt(path) if len(adopted) < limit_files else None
            if segment is None:
                others_bytes += _size_bytes(path)
            else:
                adopted.append(segment)
        return adopted, others_bytes


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # its process has just removed it
