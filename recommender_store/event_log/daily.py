"""
How many events occurred on each UTC day, and of which kinds, as far as a quick look can tell.

How many there are in Parquet, the list of files says. Their kinds are counted where they lie on
this machine and are few enough; segments are looked at either way.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from .files import LogFile
from .log import EventLog
from .reader import LogState

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Counted: TypeAlias = Counter[tuple[str, str]]
"""Day and kind → events."""

ROWS_LIMIT = 500_000
"""Two columns of so many rows are read in a few hundredths of a second."""
UNTOLD = "events"
"""The kind of those whose kinds were not counted."""


@dataclass(frozen=True)
class Daily:
    """Days in order, and of each kind how many on each of them; the kind with the most first."""

    days: tuple[str, ...] = ()
    kinds: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(sum(counts) for counts in self.kinds.values())


def daily(log: EventLog, days: int) -> Daily:
    """
    The last so many days up to the newest event.

    Raises:
        LogMoved, LogFileCorrupt, SegmentCorrupt: as `LogState.opened`.
    """
    state = log.state()
    if not state.files.files and not state.pending:
        return Daily()
    newest = max((file.day for file in state.files.files), default=None)
    since = None if newest is None else _midnight(newest) - timedelta(days=days - 1)
    files = [file for file in state.files.files if since is None or file.day >= _day(since)]
    counted = _kinds(state, since) if _is_quick(state, files) else _rows(state, files)
    return _table(counted, days) if counted else Daily()


def _is_quick(state: LogState, files: Sequence[LogFile]) -> bool:
    if sum(file.rows for file in files) > ROWS_LIMIT:
        return False
    return all(state.scope.local_path(file.key) is not None for file in files)


def _kinds(state: LogState, since: datetime | None) -> Counted:
    with state.opened(since, threads=1) as connection:
        return _fetched(connection, "events")


def _rows(state: LogState, files: Sequence[LogFile]) -> Counted:
    counted: Counted = Counter()
    for file in files:
        counted[file.day, UNTOLD] += file.rows
    with state.opened_pending(threads=1) as connection:
        return counted + _fetched(connection, "lines")


def _fetched(connection: "DuckDBPyConnection", relation: str) -> Counted:
    rows = connection.execute(
        f"SELECT occurred_at::DATE, kind, count(*) FROM {relation} GROUP BY 1, 2"  # noqa: S608 - our own names
    ).fetchall()
    return Counter({(str(day), kind): count for day, kind, count in rows})


def _table(counted: Counted, days: int) -> Daily:
    last = _midnight(max(day for day, _ in counted))
    names = tuple(_day(last - timedelta(days=n)) for n in reversed(range(days)))
    totals: Counter[str] = Counter()
    for (day, kind), count in counted.items():
        totals[kind] += count if day >= names[0] else 0
    told = [kind for kind, count in totals.most_common() if count]
    return Daily(names, {kind: tuple(counted[day, kind] for day in names) for kind in told})


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
