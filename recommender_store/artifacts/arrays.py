"""
Arrays in files: `.npy` without pickle, mapped into memory read-only.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write one array; its folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.ascontiguousarray(array), allow_pickle=False)


def map_array(path: Path) -> NDArray[Any]:
    """The array of a file, mapped, never to be written."""
    # As a plain array: slices of `np.memmap` cost a microsecond more, each.
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
