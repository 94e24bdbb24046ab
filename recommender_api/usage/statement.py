"""
Draw up what a tenant used, day by day: what workers counted, what lay in the store, what trainings
took, and what all of it costs.

What lies in the store today is looked at now; of days before, what was seen when somebody looked,
or else the day before.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from recommender_store.runs.record import Run
from recommender_store.runs.spent import begun_between, begun_on, cpu_s, duration_s
from recommender_store.tenant_space import TenantSpace
from recommender_store.usage.page import Stored, UsagePage

from .document import UsageDay, UsageDocument, Use
from .prices import GB, HOUR_S, Prices

DAYS_LIMIT = 400
DAYS = 7
"""Shown where nothing is said."""


def days_between(first: date | None, last: date | None, today: date) -> list[date]:
    """
    Both among them, in order; the last week where nothing is said.

    Raises:
        ValueError: where there is none between them, or too many.
    """
    end = last or today
    start = first or end - timedelta(days=DAYS - 1)
    count = (end - start).days + 1
    if count < 1:
        raise ValueError(f"{start} is after {end}: give the earlier day first")
    if count > DAYS_LIMIT:
        raise ValueError(f"that is {count} days: ask for {DAYS_LIMIT} at the most")
    return [start + timedelta(days=n) for n in range(count)]


def draw_up(
    space: TenantSpace, days: Sequence[date], prices: Prices | None, now: datetime
) -> UsageDocument:
    """
    Args:
        space: whose usage.
        days: UTC days, in order, at least one.
        prices: None tells no cost.
        now: the time, in UTC.

    Raises:
        StoreError: where the store cannot be read.
    """
    names = [day.isoformat() for day in days]
    pages, faults = space.usage.pages(names)
    stored, more_faults = _stored(space, names, now)
    runs = list(begun_between(space.runs, days[0], days[-1]))
    told = []
    for name in names:
        use = _use(
            [page for page in pages if page.day == name],
            [run for run in runs if begun_on(run).isoformat() == name],
            stored.get(name),
        )
        told.append(UsageDay(day=name, **_priced(use, prices, use.stored_bytes / GB)))
    stored_gb_days = sum(day.stored_bytes for day in told) / GB
    newest = next((day for day in reversed(names) if day in stored), "")
    total = _use(pages, runs, stored.get(newest))
    return UsageDocument(
        tenant=space.tenant_id,
        quotas=space.settings().quotas,
        currency=None if prices is None else prices.currency,
        days=told,
        total=Use(**_priced(total, prices, stored_gb_days)),
        notes=[*faults, *more_faults],
    )


def _stored(
    space: TenantSpace, names: Sequence[str], now: datetime
) -> tuple[Mapping[str, Stored], list[str]]:
    """Day → what lay there; a day on which nobody looked has what the day before had."""
    records, faults = space.usage.stored(names)
    seen = {one.day: one for one in records}
    today = now.astimezone(UTC).date().isoformat()
    if today in names:
        seen[today] = space.usage.look(today, now.timestamp())
    found: dict[str, Stored] = {}
    for before, name in zip(["", *names], names, strict=False):
        known = seen.get(name) or (found.get(before) if name <= today else None)
        if known is not None:
            found[name] = known
    return found, faults


def _use(pages: Iterable[UsagePage], runs: Iterable[Run], stored: Stored | None) -> Use:
    known, answers, refused = list(pages), Counter[str](), Counter[str]()
    for page in known:
        answers.update(page.answers)
        refused.update(page.refused)
    trainings = list(runs)
    return Use(
        requests=sum(page.requests for page in known),
        answers=dict(sorted(answers.items())),
        events=sum(page.events for page in known),
        event_bytes=sum(page.event_bytes for page in known),
        refused=dict(sorted(refused.items())),
        log_bytes=0 if stored is None else stored.log_bytes,
        catalog_bytes=0 if stored is None else stored.catalog_bytes,
        artifact_bytes=0 if stored is None else stored.artifact_bytes,
        training_cpu_s=round(sum(map(cpu_s, trainings)), 3),
        training_minutes=round(sum(map(duration_s, trainings)) / 60, 3),
        shelf_gb_h=round(sum(page.shelf_byte_s for page in known) / GB / HOUR_S, 6),
    )


def _priced(use: Use, prices: Prices | None, stored_gb_days: float) -> dict[str, Any]:
    cost = None if prices is None else prices.cost(use, stored_gb_days)
    return {**use.model_dump(exclude={"cost"}), "cost": cost}
