"""
What is counted of events: what came of each, how old they come, how long until they are durable,
and what the writing of segments takes.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram

LAG_BUCKETS_S = (1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 21600.0, 86400.0)
WRITE_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class IngestMeters:
    """Of all tenants in one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        histogram = partial(Histogram, registry=registry)
        self._events = counter(
            "recommender_api_events_total",
            "Events received, by tenant and verdict.",
            ["tenant", "verdict"],
        )
        self._rejected = counter(
            "recommender_api_rejected_events_total",
            "Events refused one by one, by tenant and code.",
            ["tenant", "code"],
        )
        self._lag = histogram(
            "recommender_api_event_lag_seconds",
            "From when the oldest accepted event of a request occurred to its receipt.",
            buckets=LAG_BUCKETS_S,
        )
        self._durable = histogram(
            "recommender_api_event_durable_seconds",
            "From the receipt of a request with events until they were durable.",
            buckets=WRITE_BUCKETS_S,
        )
        self._commits = counter(
            "recommender_api_segment_commits_total",
            "Segments that were to be written, by tenant and outcome.",
            ["tenant", "outcome"],
        )
        self._bytes = counter(
            "recommender_api_segment_bytes_total",
            "Bytes of written segments, as they lie in the store, by tenant.",
            ["tenant"],
        )
        self._commit_duration = histogram(
            "recommender_api_segment_commit_duration_seconds",
            "Time that the writing of one segment took, failed ones too.",
            buckets=WRITE_BUCKETS_S,
        )

    def count_events(self, tenant: str, verdicts: Mapping[str, Any]) -> None:
        self._events.labels(tenant, "accepted").inc(verdicts["accepted"])
        self._events.labels(tenant, "duplicate").inc(verdicts["duplicates"])
        self._events.labels(tenant, "rejected").inc(len(verdicts["rejected"]))
        for rejection in verdicts["rejected"]:
            self._rejected.labels(tenant, rejection["code"]).inc()

    def observe_durable(self, lag_s: float | None, durable_s: float) -> None:
        """A request's events are durable; `lag_s` is None where none of them has a time."""
        if lag_s is not None:
            self._lag.observe(max(0.0, lag_s))  # a sender's clock may be ahead
        self._durable.observe(durable_s)

    def count_commit(self, tenant: str, duration_s: float, size_bytes: int | None) -> None:
        """`size_bytes` None: the write failed."""
        self._commit_duration.observe(duration_s)
        if size_bytes is None:
            self._commits.labels(tenant, "failed").inc()
        else:
            self._commits.labels(tenant, "written").inc()
            self._bytes.labels(tenant).inc(size_bytes)
