"""
File system calls in the order that survives a power cut.

A file's bytes are synced before any name leads to them, and a name counts once the folder that
holds it is synced, and that folder's own name in its parent, up to the root. Knows no keys.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

Fill = Callable[[BinaryIO], object]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_synced(path: Path, fill: Fill) -> None:
    """Make a new file of what `fill` writes, its bytes durable, its name not yet."""
    with path.open("xb") as file:
        fill(file)
        file.flush()
        os.fsync(file.fileno())


class DurableFolders:
    """
    Makes folders below a root, and remembers which names are durable already.

    A folder that exists is synced all the same when first met: whoever made it, a thread or a
    process that has died since, may not have come so far.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._durable: set[Path] = set()

    def make(self, folder: Path) -> None:
        """Make a folder and its parents where missing; their names are durable afterwards."""
        if folder in self._durable:
            return
        if folder in self._root.parents and folder.is_dir():
            return
        self.make(folder.parent)
        folder.mkdir(exist_ok=True)
        self._sync_name(folder)
        self._durable.add(folder)

    def forget(self) -> None:
        """Trust nothing remembered: somebody has removed a folder meanwhile."""
        self._durable.clear()

    def _sync_name(self, folder: Path) -> None:
        try:
            sync_folder(folder.parent)
        except PermissionError:
            # A root in a folder that is closed to us (a mounted volume) was made by its owner.
            if folder != self._root:
                raise
