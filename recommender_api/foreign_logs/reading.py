"""
A foreign log becomes canonical events: Parquet in blocks, a reject file and a report.

Files of any size come in; memory stays within the limit and the rest goes to disk. Either every
file was read and everything lies in ``into``, or an error is raised and nothing does. It puts
nothing into a store.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from pydantic import BaseModel, ConfigDict

from recommender_store.tenants.pseudonyms import Pseudonyms

from .mapping import LogMapping
from .progress import Progress
from .staging.canonical import Cut, EventBlock, write_events
from .staging.item_rows import ITEMS_FILE, items_of_events
from .staging.rejects import Reject, write_rejects
from .staging.session import Resources
from .staging.staged import staged

REJECT_FILE = "rejects.jsonl"


class ReadReport(BaseModel):
    """``events``, ``skipped`` and ``rejected`` add up to rows times events per row."""

    model_config = ConfigDict(frozen=True)

    rows: int
    """Lines that could be read as rows."""
    unreadable: int
    """Lines that could not."""
    events: int
    skipped: dict[str, int]
    """By the name of the condition."""
    rejected: int
    """Events that a row would have made and that break a rule."""
    reasons: dict[str, int]
    """Unreadable lines and rejected events by code."""
    first_rejects: list[Reject]
    reject_file: Path | None
    blocks: list[EventBlock]
    """The events that `Cut` asked for, in the order of time."""
    items: Path | None
    """What the rows say of their items, as ``read_items`` writes it, where that was asked for."""
    period: tuple[datetime, datetime] | None
    seconds: float

    @property
    def parquet(self) -> list[Path]:
        """The files of all blocks."""
        return [path for block in self.blocks for path in block.files]


def read_events(  # noqa: PLR0913 what follows `received_at` has a default
    paths: Sequence[Path],
    mapping: LogMapping,
    *,
    into: Path,
    received_at: datetime,
    cut: Cut = Cut(),  # noqa: B008 frozen
    with_items: bool = False,
    progress: Progress | None = None,
    resources: Resources = Resources(),  # noqa: B008 frozen
    pseudonyms: Pseudonyms | None = None,
) -> ReadReport:
    """
    Read all files as one log; ``received_at`` needs a zone.

    ``with_items`` writes the items of the mapping in the same pass, where it speaks of any. The
    report speaks of the whole log, whatever ``cut`` leaves out. ``pseudonyms`` stand in the blocks
    in place of the users' ids; the reject file shows rows as they are.

    Raises:
        ForeignLogError: a file cannot be read or the mapping does not fit; nothing was written.
    """
    if received_at.tzinfo is None:
        raise ValueError("received_at needs a zone: give datetime.now(UTC), not datetime.now()")
    started = time.monotonic()
    into.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix=".reading-", dir=into) as folder,
        staged(
            paths,
            mapping if with_items else mapping.events_only(),
            received_at=received_at,
            work=Path(folder),
            resources=resources,
            progress=progress,
        ) as read,
    ):
        written = write_events(read, Path(folder), received_at, cut, progress, pseudonyms)
        items = Path(folder) / ITEMS_FILE
        if with_items and mapping.items:
            items_of_events(read, mapping, items)
        rejects = Path(folder) / REJECT_FILE
        first = write_rejects(read, rejects)
        # From here on nothing can fail but the disk itself: files only change their folder.
        return ReadReport(
            rows=read.rows,
            unreadable=read.unreadable,
            events=read.events,
            skipped=read.skipped(),
            rejected=read.rejected,
            reasons=read.reasons(),
            first_rejects=first,
            reject_file=rejects.rename(into / REJECT_FILE) if first else None,
            blocks=[_kept(block, at, into) for at, block in enumerate(written)],
            items=items.rename(into / ITEMS_FILE) if items.exists() else None,
            period=period_of(read.connection),
            seconds=time.monotonic() - started,
        )


def _kept(block: EventBlock, at: int, into: Path) -> EventBlock:
    names = [into / f"events-{at}-{part}.parquet" for part in range(len(block.files))]
    return block._replace(
        files=tuple(path.rename(to) for path, to in zip(block.files, names, strict=True))
    )


def period_of(connection: duckdb.DuckDBPyConnection) -> tuple[datetime, datetime] | None:
    """The first and the last moment of the staged events."""
    ((first_us, last_us),) = connection.execute(
        "SELECT epoch_us(min(occurred_at)), epoch_us(max(occurred_at)) "
        "FROM candidates WHERE outcome = 0"
    ).fetchall()
    if first_us is None:
        return None
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + timedelta(microseconds=first_us), epoch + timedelta(microseconds=last_us)
