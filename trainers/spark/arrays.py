"""
Arrays to the executors and back, by way of Arrow and files: never row by row, never whole in the
driver's JVM.
"""

import tarfile
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark import SparkFiles
from pyspark.sql import DataFrame, SparkSession

from recommender_store.artifacts.arrays import map_array, save_array

Batches = Iterator[pa.RecordBatch]

BLOCK = 500_000
"""Entries that an executor reads at once."""


def shipped(session: SparkSession, folder: Path) -> str:
    """Give every executor a copy of a folder of files; `place` finds it there."""
    name = f"recommender-{uuid.uuid4().hex}"
    # Executors fetch it from where it lies, as late as their first task: it goes with the session.
    archive = Path(SparkFiles.getRootDirectory()) / f"{name}.tar"
    with tarfile.open(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            packed.add(path, path.relative_to(folder), recursive=False)
    session.sparkContext.addArchive(f"{archive}#{name}")
    return name


def place(name: str) -> Path:
    """On an executor: where what was shipped lies."""
    return Path(SparkFiles.get(name))


def sent(session: SparkSession, arrays: Mapping[str, NDArray[Any]]) -> DataFrame:
    """Columns of the same length as a frame; the executors read them from mapped files."""
    length = len(next(iter(arrays.values())))
    with tempfile.TemporaryDirectory(prefix="recommender-sent-") as folder:
        for name, values in arrays.items():
            save_array(Path(folder) / f"{name}.npy", values)
        key = shipped(session, Path(folder))
    names = list(arrays)
    schema = ", ".join(f"{name} {_SQL[values.dtype.char]}" for name, values in arrays.items())

    def read(starts: list[int]) -> Batches:
        mapped = [map_array(place(key) / f"{name}.npy") for name in names]
        for start in starts:
            parts = [pa.array(np.asarray(one[start : start + BLOCK])) for one in mapped]
            yield pa.record_batch(parts, names=names)

    return over_blocks(session, length, BLOCK, read, schema)


_SQL = {"i": "int", "l": "bigint", "f": "float", "d": "double"}


def over_blocks(
    session: SparkSession,
    length: int,
    block: int,
    work: Callable[[list[int]], Batches],
    schema: str,
) -> DataFrame:
    """A frame out of `work`, which is given the beginnings of blocks of 0…length on executors."""
    count = -(-length // block)

    def on_executor(batches: Batches) -> Batches:
        for batch in batches:
            yield from work([number * block for number in batch.column(0).to_pylist()])

    parts = max(1, min(count, 4 * session.sparkContext.defaultParallelism))
    return session.range(0, count, 1, parts).mapInArrow(on_executor, schema)


def brought(frame: DataFrame) -> Batches:
    """The frame's rows in its order, a few partitions at a time."""
    for row in frame.mapInArrow(_packed, "packed binary").toLocalIterator(prefetchPartitions=True):
        with pa.ipc.open_stream(row.packed) as stream:
            yield from stream


def _packed(batches: Batches) -> Batches:
    for batch in batches:
        out = pa.BufferOutputStream()
        with pa.ipc.new_stream(out, batch.schema) as stream:
            stream.write_batch(batch)
        yield pa.record_batch([pa.array([out.getvalue().to_pybytes()])], names=["packed"])


def columns_of(frame: DataFrame, types: Mapping[str, type]) -> dict[str, NDArray[Any]]:
    """Whole columns as arrays; none of them may have an empty field."""
    blocks: dict[str, list[NDArray[Any]]] = {
        name: [np.empty(0, one)] for name, one in types.items()
    }
    for batch in brought(frame.select(*types)):
        for name, kind in types.items():
            blocks[name].append(batch.column(name).to_numpy(zero_copy_only=False).astype(kind))
    return {name: np.concatenate(blocks.pop(name)) for name in types}
