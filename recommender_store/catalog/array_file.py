"""
Many arrays in one file, mapped into memory as often as somebody wants them for himself.

Who opens the file gets arrays of his own: they may be written to, the file and others never see
it, and only the pages that were written take memory of the process. What was not written is shared
by everybody who maps the file, and is read from it when it is first looked at.
"""

import mmap
import os
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

_MAGIC = b"arrays/1"
_ALIGNED_BYTES = 64


class _Place(msgspec.Struct, array_like=True):
    dtype: str
    length: int
    offset: int
    """From where the arrays begin."""


class _Head(msgspec.Struct):
    about: dict[str, Any]
    places: dict[str, _Place]
    size_bytes: int
    """Of all arrays."""


class ArrayFile:
    """
    A file of arrays of one dimension, and what its writer said of them.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not such a file, or is cut off.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise ValueError(f"{path.name} is no file of arrays, or of another version")
            head_bytes = int.from_bytes(file.read(8), "little")
            self._head = msgspec.json.decode(file.read(head_bytes), type=_Head)
            self._begin = _aligned(len(_MAGIC) + 8 + head_bytes)
            if file.seek(0, os.SEEK_END) != self._begin + self._head.size_bytes:
                raise ValueError(f"{path.name} is cut off")
            # Held open: another file may come to lie under the name, or none.
            self._file = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._file)

    @classmethod
    def write(
        cls, path: Path, arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]
    ) -> Self:
        """The file is durable when it returns; `about` is what JSON can tell."""
        head = _Head(dict(about), {}, 0)
        for name, array in arrays.items():
            head.places[name] = _Place(array.dtype.str, len(array), head.size_bytes)
            head.size_bytes += _aligned(array.nbytes)
        encoded = msgspec.json.encode(head)
        with path.open("wb") as file:
            file.write(_MAGIC + len(encoded).to_bytes(8, "little") + encoded)
            for array in arrays.values():
                file.seek(_aligned(file.tell()))
                file.write(np.ascontiguousarray(array).data.cast("B"))
            file.truncate(_aligned(len(_MAGIC) + 8 + len(encoded)) + head.size_bytes)
            file.flush()
            os.fsync(file.fileno())
        return cls(path)

    @property
    def about(self) -> Mapping[str, Any]:
        return self._head.about

    @property
    def size_bytes(self) -> int:
        return self._head.size_bytes

    def arrays(self) -> dict[str, NDArray[Any]]:
        """
        Every array, by name: the caller's own.

        Raises:
            OSError: no more can be mapped.
        """
        mapped = mmap.mmap(self._file, 0, access=mmap.ACCESS_COPY)
        return {
            name: np.frombuffer(mapped, place.dtype, place.length, self._begin + place.offset)
            for name, place in self._head.places.items()
        }


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNED_BYTES) * _ALIGNED_BYTES
