"""
DuckDB for one reading: bounded in memory, spilling into a given folder, in UTC, without network.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from recommender_api.foreign_logs.errors import ReadingFailed


@dataclass(frozen=True)
class Resources:
    """What a reading may use; what does not fit into memory goes to disk."""

    memory_limit_bytes: int = 1 << 30
    threads: int | None = None
    """None: as many as the machine has cores."""


@contextmanager
def duckdb_session(work: Path, resources: Resources) -> Iterator[duckdb.DuckDBPyConnection]:
    """
    Open a database file in ``work`` and close it at the end.

    Raises:
        ReadingFailed: in place of DuckDB's own errors.
    """
    connection = duckdb.connect(
        str(work / "staging.duckdb"),
        config={
            "memory_limit": f"{resources.memory_limit_bytes}B",
            "temp_directory": str(work / "spill"),
            "autoinstall_known_extensions": "false",
        },
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        # The file is thrown away: nothing needs to be tidied up in it at the end.
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        # The bar is kept, so that it can be asked, and not shown.
        connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        if resources.threads is not None:
            connection.execute(f"SET threads = {resources.threads}")
        yield connection
    except duckdb.Error as error:
        raise ReadingFailed(str(error)) from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise ReadingFailed(str(error)) from error
    finally:
        connection.close()
