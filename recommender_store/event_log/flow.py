"""
What flowed into and out of the Parquet side of the log, by the UTC day of `received_at`.

For every day: the rows in Parquet that were received on it are `compacted - folded + imported -
expired - erased`. The sums move in the same step as the files, so that the equation always holds.
What lay in Parquet before the sums were begun is counted once and stands as imported.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Counts = Mapping[str, int]
"""UTC day of `received_at`, `YYYY-MM-DD` → rows."""


class DayFlow(BaseModel):
    """What became of the events that were received on one day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    compacted: int = 0
    """Segment lines that were taken in."""
    folded: int = 0
    """Of these, twins of events that were known already."""
    imported: int = 0
    """New events of adopted files."""
    expired: int = 0
    """Removed because they were older than the tenant keeps events."""
    erased: int = 0
    """Removed because their user or session was erased."""

    @property
    def held(self) -> int:
        """Rows that Parquet must hold."""
        return self.compacted - self.folded + self.imported - self.expired - self.erased


def moved(flow: Mapping[str, DayFlow], **changes: Counts) -> dict[str, DayFlow]:
    """The sums after `changes`: a name of `DayFlow` → how many more, by day."""
    after = dict(flow)
    for name, counts in changes.items():
        for day, count in counts.items():
            now = after.get(day, DayFlow())
            after[day] = now.model_copy(update={name: getattr(now, name) + count})
    return dict(sorted(after.items()))


def without(flow: Mapping[str, DayFlow], before: str) -> dict[str, DayFlow]:
    """The sums without those of days before `before` of which Parquet holds nothing."""
    return {day: one for day, one in flow.items() if day >= before or one.held}


def less(counts: Counts, fewer: Counts) -> dict[str, int]:
    """What is left of `counts` without `fewer`; days with nothing left are left out."""
    left = {day: count - fewer.get(day, 0) for day, count in counts.items()}
    return {day: count for day, count in left.items() if count}


def received_on(
    connection: "DuckDBPyConnection", relation: str, where: str = "true"
) -> dict[str, int]:
    """How many rows of the relation were received on each UTC day."""
    rows = connection.execute(
        f"SELECT received_at::DATE, count(*) FROM {relation} WHERE {where} GROUP BY 1"  # noqa: S608 - our own names
    ).fetchall()
    return {str(day): count for day, count in rows}
