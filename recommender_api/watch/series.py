"""
What the watch saw, as Prometheus reads it: at most so many tenants, the oldest models first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, get_args

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from recommender_store.runs.record import UNDER_WAY, Status

from .measured import of_measures
from .tenant import WatchedTenant

TENANTS_LIMIT = 1_000
"""Of whom series are told: a dozen each."""
NO_RUNS = {("training", status): 0 for status in get_args(Status) if status not in UNDER_WAY}


class Sight(NamedTuple):
    """Everything that was seen."""

    tenants: Sequence[WatchedTenant]
    packings: Mapping[str, int]
    disks: Mapping[str, tuple[int, int, int]]
    """Place → bytes: all, used, free."""
    looked_at_s: float | None
    now: datetime


def series_of(sight: Sight) -> Iterator[Metric]:
    tenants = sorted(sight.tenants, key=_ripeness)[:TENANTS_LIMIT]
    yield from _of_tenants(tenants, sight.now)
    yield from of_measures(tenants, sight.now)
    yield _runs(tenants)
    known = GaugeMetricFamily("recommender_api_tenants", "Tenants that there are.")
    known.add_metric([], len(sight.tenants))
    yield known
    looked_at = GaugeMetricFamily(
        "recommender_api_watch_timestamp_seconds", "When all tenants were last looked at."
    )
    if sight.looked_at_s is not None:
        looked_at.add_metric([], sight.looked_at_s)
    yield looked_at
    packings = CounterMetricFamily(
        "recommender_api_compactions_total",
        "Times that segments were packed in the background.",
        labels=["outcome"],
    )
    for outcome in ("done", "failed"):
        packings.add_metric([outcome], sight.packings.get(outcome, 0))
    yield packings
    yield from _of_disks(sight.disks)


def _ripeness(tenant: WatchedTenant) -> tuple[bool, float]:
    until = tenant.data_until
    return until is None, until.timestamp() if until is not None else 0.0


def _of_tenants(tenants: Sequence[WatchedTenant], now: datetime) -> Iterator[Metric]:
    yield _gauge(
        GaugeMetricFamily(
            "recommender_api_model_data_age_seconds",
            "Age of the newest event that the live model knows, by tenant.",
            labels=["tenant"],
        ),
        tenants,
        lambda one: _age_s(one.data_until, now),
    )
    yield _gauge(
        GaugeMetricFamily(
            "recommender_api_model_age_seconds",
            "Since when the live model is live, by tenant.",
            labels=["tenant"],
        ),
        tenants,
        lambda one: _age_s(one.promoted_at, now),
    )
    yield _gauge(
        GaugeMetricFamily(
            "recommender_api_failed_runs_in_a_row",
            "Trainings that failed or were killed since one that did not, by tenant.",
            labels=["tenant"],
        ),
        tenants,
        lambda one: one.failed_in_a_row,
    )
    yield _gauge(
        GaugeMetricFamily(
            "recommender_api_ledger_unaccounted_events",
            "Events of the last whole day that the ledger cannot account for, by tenant.",
            labels=["tenant"],
        ),
        tenants,
        lambda one: one.unaccounted,
    )


def _gauge(
    family: GaugeMetricFamily,
    tenants: Sequence[WatchedTenant],
    value_of: Callable[[WatchedTenant], float | None],
) -> GaugeMetricFamily:
    for one in tenants:
        value = value_of(one)
        if value is not None:
            family.add_metric([one.tenant_id], value)
    return family


def _runs(tenants: Sequence[WatchedTenant]) -> CounterMetricFamily:
    family = CounterMetricFamily(
        "recommender_api_runs_total",
        "Trainings and imports that ended while this process watched, by tenant and outcome.",
        labels=["tenant", "kind", "outcome"],
    )
    for one in tenants:
        # What never happened is told as none: else the first time would not count as a rise.
        for (kind, outcome), count in (NO_RUNS | one.runs).items():
            family.add_metric([one.tenant_id, kind, outcome], count)
    return family


def _of_disks(disks: Mapping[str, tuple[int, int, int]]) -> Iterator[Metric]:
    free = GaugeMetricFamily(
        "recommender_api_disk_free_bytes",
        "Room that is left, by what lies there.",
        labels=["place"],
    )
    size = GaugeMetricFamily(
        "recommender_api_disk_size_bytes",
        "Room that there is, by what lies there.",
        labels=["place"],
    )
    for place, (total_bytes, _, free_bytes) in disks.items():
        free.add_metric([place], free_bytes)
        size.add_metric([place], total_bytes)
    yield free
    yield size


def _age_s(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else (now - since).total_seconds()
