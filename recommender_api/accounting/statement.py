"""
Draw up the ledger of a tenant: read what was counted, what the log holds and what was trained on.

Counts are read before the log, so that an event that comes in between is in the log and not yet
counted, and never the other way round.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from recommender_store.event_log.flow import DayFlow
from recommender_store.event_log.ledger import Logged, logged
from recommender_store.ledger.page import Page, sum_of
from recommender_store.runs.counted import RECEIVED_FROM, CountedDay, counted_days
from recommender_store.tenant_space import TenantSpace

from .checks import Figures, check_files
from .document import LedgerDocument, worst
from .sessions import SdkDay, sdk_days
from .shown import day_shown

DAYS_LIMIT = 92
LOOK_AROUND_DAYS = 7
"""Days before and after those asked for that are read, for where sessions began and ended."""
SETTLED_AFTER_S = 15.0
"""Three times what a replica waits before it writes its counts."""


class _Trained:
    """The last training that read the log."""

    def __init__(self, space: TenantSpace) -> None:
        self.run_id = ""
        self._days: dict[str, CountedDay] = {}
        self._from = ""
        results = ((run, step.result) for run in space.runs.newest_first() for step in run.steps)
        for run, result in results:
            days = counted_days(result)
            if days is not None:
                self.run_id, self._days = run.run_id, days
                self._from = result.get(RECEIVED_FROM, "")
                break

    def on(self, day: str) -> CountedDay | None:
        """None where nothing was trained, or so long ago that days are not told apart."""
        if not self.run_id or day < self._from:
            return None
        return self._days.get(day, CountedDay())


@dataclass(frozen=True)
class _Known:
    """Everything that was read, of all days."""

    pages: list[Page]
    log: Logged
    sdk: Mapping[str, SdkDay]
    trained: _Trained
    kept_days: int | None
    now_s: float

    def of(self, day: date) -> tuple[Figures, list[Page]]:
        name = day.isoformat()
        pages = [page for page in self.pages if page.day == name]
        age_days = (datetime.fromtimestamp(self.now_s, UTC).date() - day).days
        is_young = self.now_s - self.log.newest_segment_us / 1e6 < SETTLED_AFTER_S
        figures = Figures(
            day=name,
            sdk=self.sdk.get(name, SdkDay()),
            pages=len(pages),
            open_pages=sum(not page.is_closed for page in pages),
            answered=sum_of([page.answered for page in pages]),
            served=sum(page.served_count for page in pages),
            unacknowledged=sum(page.unacknowledged for page in pages),
            pending=self.log.pending.get(name, 0),
            flow=self.log.flow.get(name, DayFlow()),
            rows=None if self.log.rows is None else self.log.rows.get(name, 0),
            is_settling=is_young and age_days <= 1,
            is_past_retention=self.kept_days is not None and age_days > self.kept_days,
            trained=self.trained.on(name),
        )
        return figures, pages


def draw_up(
    space: TenantSpace, days: Sequence[date], *, count: bool = False, now_s: float | None = None
) -> LedgerDocument:
    """
    Args:
        space: whose ledger.
        days: UTC days of receipt, in order.
        count: count the rows of every Parquet file instead of trusting the log's sums.
        now_s: the time, for who fell silent.

    Raises:
        StoreError: where the log cannot be read.
    """
    moment_s = time.time() if now_s is None else now_s
    pages, faults = space.ledger.pages(_days_around(days))
    known = _Known(
        pages,
        logged(space.events, count=count),
        sdk_days(pages, moment_s),
        _Trained(space),
        space.settings().retention.events_days,
        moment_s,
    )
    told = [day_shown(*known.of(day), known.trained.run_id) for day in days]
    log = known.log
    checks = [check_files(log.listed_rows, log.flow)] if log.is_accounted else []
    return LedgerDocument(
        tenant=space.tenant_id,
        state=worst([*(day.state for day in told), *(one.state for one in checks)]),
        unaccounted=sum(day.unaccounted for day in told) + sum(one.unaccounted for one in checks),
        days=told,
        checks=checks,
        notes=[*faults, *_notes_on(known)],
    )


def _days_around(days: Sequence[date]) -> list[date]:
    """These days and some before and after, as far as the calendar goes."""
    first = max(min(days).toordinal() - LOOK_AROUND_DAYS, 1)
    last = min(max(days).toordinal() + LOOK_AROUND_DAYS, date.max.toordinal())
    return [date.fromordinal(number) for number in range(first, last + 1)]


def _notes_on(known: _Known) -> list[str]:
    notes = []
    if not known.log.is_accounted:
        notes.append(
            "Parquet files were written before their sums were kept: the next compaction counts "
            "them"
        )
    if not known.trained.run_id:
        notes.append("no training has read the log yet")
    return notes
