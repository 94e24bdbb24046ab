"""
Reading a tenant's log: a consistent state of it, each event once, in order of time.

A state is taken at one moment (the newest list of files, and the segments past its marks) and
stays what it was, however the log grows or is compacted meanwhile.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender_store.objects.append_log import AppendLog, Segment
from recommender_store.objects.scope import Scope

from .files import LogFiles
from .record import COLUMNS
from .view import connect, create_files_view, create_pending_table, local_file, write_pending

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class LogState:
    """What the log held at one moment."""

    scope: Scope
    segments: AppendLog
    files: LogFiles
    pending: tuple[Segment, ...]

    def attach(self, connection: "DuckDBPyConnection", folder: Path) -> None:
        """
        Create the view `events` in `connection`: the log's columns, each event once, no order.

        Args:
            connection: from `view.connect`, so that dates are UTC days.
            folder: a working folder that outlives the use of the view.
        """
        paths = [local_file(self.scope, file, folder) for file in self.files.files]
        create_files_view(connection, "files", paths)
        pending = folder / "pending.jsonl"
        write_pending(self.segments, self.pending, pending)
        create_pending_table(connection, "pending", pending)
        connection.execute(
            "CREATE OR REPLACE VIEW events AS FROM files UNION ALL BY NAME FROM pending"
        )

    @contextmanager
    def opened(self, **options: Any) -> Iterator["DuckDBPyConnection"]:
        """A connection with the view `events`, for as long as the block lasts."""
        with tempfile.TemporaryDirectory(prefix="recommender-log-") as folder:
            connection = connect(**options)
            try:
                self.attach(connection, Path(folder))
                yield connection
            finally:
                connection.close()

    def read(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[dict[str, Any]]:
        """The events from `since` to before `until`, by time and then by id, empty fields left out."""
        names = list(COLUMNS)
        with self.opened() as connection:
            rows = connection.execute(
                f"""
                SELECT {", ".join(names)} FROM events
                WHERE ($since IS NULL OR occurred_at >= $since)
                  AND ($until IS NULL OR occurred_at < $until)
                ORDER BY occurred_at, event_id
                """,  # noqa: S608 - column names of our own
                {"since": since, "until": until},
            )
            while block := rows.fetchmany(10_000):
                for row in block:
                    yield {
                        name: value
                        for name, value in zip(names, row, strict=True)
                        if value is not None
                    }
