"""
Open a log as a table, whatever its format; a file that is evidently of another one is refused.
"""

from pathlib import Path

import duckdb

from recommender_api.foreign_logs.declarations.log_file import LogFile
from recommender_api.foreign_logs.errors import LogEmpty, LogUnreadable
from recommender_api.foreign_logs.progress import LinesTold

from .delimited import DelimitedTable
from .json_lines import JsonLinesTable
from .opening import first_bytes, is_compressed
from .parquet import ParquetTable
from .table import Table

PARQUET_MAGIC = b"PAR1"


def open_table(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    file: LogFile,
    work: Path,
    told: LinesTold | None = None,
) -> Table:
    """
    Open one file; ``work`` is a folder of its own for what has to be unpacked or repaired.

    Raises:
        ForeignLogError: it is missing, empty, truncated, or of another format.
    """
    magic = first_bytes(path, len(PARQUET_MAGIC))
    if not magic:
        raise LogEmpty(path, has_header=False)
    if magic == PARQUET_MAGIC and file.format != "parquet":
        raise LogUnreadable(path, "is Parquet; write file: {format: parquet}")
    if magic == PARQUET_MAGIC and is_compressed(path):
        raise LogUnreadable(path, "is Parquet inside another compression; unpack it")
    if magic != PARQUET_MAGIC and file.format == "parquet":
        raise LogUnreadable(path, "is not Parquet; write file: {format: csv}, or tsv, or jsonl")
    work.mkdir(parents=True, exist_ok=True)
    if file.format == "parquet":
        return ParquetTable(connection, path, file)
    if file.format == "jsonl":
        return JsonLinesTable(connection, path, file, work, told)
    return DelimitedTable(path, file, work, told)
