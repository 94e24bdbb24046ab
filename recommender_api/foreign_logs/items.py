"""
Files of items, or the items that an event log speaks of, become JSON lines.

A line is ``{"item_id": "…", "fields": {…}}``, one for each item, sorted by id: of equal ids in a
file of items the last row wins, of what a log says the most frequent value. It stores nothing.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, ConfigDict

from .guess.items import propose_items
from .guess.look import looking
from .guess.written import written_as
from .item_mapping import ItemMapping
from .mapping import LogMapping
from .staging.item_rows import ITEMS_FILE, items_of_events, items_of_tables
from .staging.rejects import Reject
from .staging.session import Resources, duckdb_session
from .staging.staged import staged
from .tables.open_table import open_table

REJECT_FILE = "rejected_items.jsonl"
_ANY_TIME = datetime(9999, 1, 1, tzinfo=UTC)
"""An item is an item even if the clock of its event was wrong."""


class ItemsReport(BaseModel):
    """What was read; ``mapping`` is the guess where none was given."""

    model_config = ConfigDict(frozen=True)

    rows: int
    items: int
    duplicates: int
    """Rows whose item another row tells of."""
    misread: dict[str, int]
    """How many values of an attribute are not of its type, and are left out."""
    rejected: int
    first_rejects: list[Reject]
    reject_file: Path | None
    path: Path
    mapping: ItemMapping | None
    seconds: float


def guess_items(path: Path) -> ItemMapping:
    """
    Guess how a file of items maps onto attributes.

    Raises:
        ForeignLogError: it cannot be read, or no column looks like an item's id.
    """
    with looking(path, written_as(path).file) as look:
        return propose_items(look)


def read_items(
    paths: Sequence[Path],
    *,
    into: Path,
    mapping: LogMapping | ItemMapping | None = None,
    resources: Resources = Resources(),  # noqa: B008 frozen
) -> ItemsReport:
    """
    Write the items of all files to ``into/items.jsonl``.

    A log's mapping makes the files event logs, whose ``items:`` part is read; without a mapping
    they are files of items, alike in form to the first.

    Raises:
        ForeignLogError: a file cannot be read or the mapping does not fit; nothing was written.
    """
    started = time.monotonic()
    into.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".reading-", dir=into) as folder:
        work = Path(folder)
        target, rejects = work / ITEMS_FILE, work / REJECT_FILE
        if isinstance(mapping, LogMapping):
            with staged(
                paths,
                mapping,
                received_at=_ANY_TIME,
                work=work,
                resources=resources,
            ) as log:
                written = items_of_events(log, mapping, target)
                used = None
        else:
            used = mapping or guess_items(paths[0])
            with duckdb_session(work, resources) as connection:
                tables = [
                    open_table(connection, path, used.file, work / str(at))
                    for at, path in enumerate(paths)
                ]
                written = items_of_tables(connection, tables, used, target, rejects)
        return ItemsReport(
            rows=written.rows,
            items=written.items,
            duplicates=written.rows - written.items - written.refused,
            misread=written.misread,
            rejected=written.refused + written.unreadable,
            first_rejects=written.first_rejects,
            reject_file=rejects.rename(into / REJECT_FILE) if rejects.exists() else None,
            path=target.rename(into / ITEMS_FILE),
            mapping=used,
            seconds=time.monotonic() - started,
        )
