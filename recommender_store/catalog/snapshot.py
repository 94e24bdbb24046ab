"""
A whole catalog as arrays, laid beside the log by each packing: who knows nothing begins with it,
and need not read the log.

One file, named with its size and digest in the packing's record. It is a copy: without it, or where
it is damaged, the log says the same.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import structlog
from numpy.typing import NDArray

from recommender_store.errors import StoreError
from recommender_store.objects.append_log import Marks
from recommender_store.objects.scope import Scope

from .array_file import ArrayFile
from .cells import AttributeType
from .column import StringColumn
from .columns_file import arrays_of, columns_of
from .known_items import packed_by_row
from .reading import Reading

FORMAT = "catalog-snapshot/1"
WORTH_LAYING = 5_000
"""Items; fewer are read from the log as quickly."""
LEFT_S = 3_600
"""How long an older one stays, for who has begun to read it."""

_log = structlog.get_logger()


class SnapshotRecord(msgspec.Struct):
    """How a packing names the snapshot that it laid."""

    name: str
    size_bytes: int
    sha256: str
    format: str = FORMAT


class _About(msgspec.Struct):
    types: dict[str, AttributeType]
    row_count: int
    field_count: int


@dataclass(frozen=True)
class Snapshot:
    """What a catalog said at a packing; its arrays are the reader's own."""

    reading: Reading
    starts: NDArray[np.int64]
    """[rows + 1]: where each row's item begins in `packed`."""
    packed: NDArray[np.uint8]
    marks: Marks
    """Of the log: what comes behind them is not in it."""
    packings: int

    @property
    def ids(self) -> list[str]:
        """By row."""
        column = self.reading.columns.column("item_id")
        return list(column.values) if isinstance(column, StringColumn) else []


class Snapshots:
    """Those of one catalog; the packings say which of them counts."""

    def __init__(self, scope: Scope, worth_laying: int = WORTH_LAYING) -> None:
        self._scope = scope
        self._worth_laying = worth_laying

    def lay(
        self, name: str, told: Mapping[str, bytes], types: Mapping[str, AttributeType]
    ) -> SnapshotRecord | None:
        """
        Make one of packed items durable; None where they are few, or there is no room for it.

        Raises:
            StoreError: where the store cannot be written to.
        """
        if len(told) < self._worth_laying:
            return None
        try:
            with tempfile.TemporaryDirectory(prefix="recommender-catalog-") as folder:
                path = Path(folder) / name
                _write(path, told, types)
                self._scope.upload(path, name)
                return SnapshotRecord(name, path.stat().st_size, _sha256(path))
        except OSError as error:
            _log.warning("snapshot_not_laid", key=self._key(name), exc_info=error)
            return None

    def keep(self, kept: str | None, now_us: int) -> None:
        """Remove every other that was not laid just now."""
        for info in self._scope.list(""):
            age_s = now_us / 1e6 - info.modified_at.timestamp()
            if info.key != kept and age_s >= LEFT_S:
                self._scope.delete(info.key)

    def read(
        self, record: SnapshotRecord, marks: Marks, packings: int, folder: Path
    ) -> Snapshot | None:
        """
        The snapshot, verified; None, and a line in the log, where it is not what the record says.

        Args:
            record: that of the packing.
            marks: behind what was packed.
            packings: the packing's number.
            folder: where it may be downloaded to; what was read stays when it goes.
        """
        try:
            path = self._brought(record, folder)
            if path is not None:
                return _opened(ArrayFile(path), marks, packings)
            fault = "its bytes were changed"
        except (StoreError, OSError, ValueError, KeyError, msgspec.MsgspecError) as error:
            fault = str(error)
        _log.error("snapshot_refused", key=self._key(record.name), detail=fault)
        return None

    def fault(self, record: SnapshotRecord) -> str | None:
        """What is wrong with it."""
        with tempfile.TemporaryDirectory(prefix="recommender-check-") as folder:
            try:
                path = self._brought(record, Path(folder))
            except (StoreError, OSError, ValueError) as error:
                return str(error)
        return None if path is not None else "its bytes were changed"

    def _brought(self, record: SnapshotRecord, folder: Path) -> Path | None:
        """A local file of it; None where it is not what was laid."""
        if record.format != FORMAT:
            raise ValueError(f"its format is {record.format}, this code reads {FORMAT}")
        path = self._scope.local_path(record.name)
        if path is None:
            path = folder / record.name
            self._scope.download(record.name, path)
        is_whole = path.stat().st_size == record.size_bytes and _sha256(path) == record.sha256
        return path if is_whole else None

    def _key(self, name: str) -> str:
        return f"{self._scope.prefix}/{name}"


def _write(path: Path, told: Mapping[str, bytes], types: Mapping[str, AttributeType]) -> None:
    ids, raws = list(told), list(told.values())
    reading = Reading.of(ids, raws, types)
    starts, packed = packed_by_row(raws)
    columns = reading.columns
    arrays = {
        **arrays_of(columns),
        "is_deleted": reading.is_deleted,
        "packed_starts": starts,
        "packed": packed,
    }
    about = _About(columns.types, columns.row_count, reading.field_count)
    ArrayFile.write(path, arrays, msgspec.to_builtins(about))


def _opened(file: ArrayFile, marks: Marks, packings: int) -> Snapshot:
    about = msgspec.convert(dict(file.about), _About)
    arrays: Mapping[str, NDArray[Any]] = file.arrays()
    starts = arrays["packed_starts"]
    reading = Reading(
        columns_of(arrays, about.types, about.row_count),
        np.diff(starts) > 0,
        arrays["is_deleted"],
        about.field_count,
        {},
    )
    return Snapshot(reading, starts, arrays["packed"], marks, packings)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
