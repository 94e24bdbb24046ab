"""
The metrics of one process, in Prometheus' terms. Tenants label counters, never histogram buckets.
"""

import asyncio
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from recommender_api.exchange.visit import Visit

from .answers import AnswerMeters
from .ingest import IngestMeters
from .pending import Pending
from .shelf import ShelfMeters

TELL_EVERY_S = 1.0
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """A registry of its own, so that two applications in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter = partial(Counter, registry=self.registry)
        requests = counter(
            "recommender_api_requests_total",
            "Requests answered, by route, tenant, tier and status.",
            ["route", "tenant", "tier", "status"],
        )
        self._requests = Pending(requests)
        self._duration = Histogram(
            "recommender_api_request_duration_seconds",
            "Time to answer, by route, tier and status; refused and failed requests too.",
            ["route", "tier", "status"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self._shed = counter(
            "recommender_api_shed_total",
            "Requests turned away for the sake of others, by tenant and cause.",
            ["tenant", "cause"],
        )
        self._quota_refused = counter(
            "recommender_api_quota_refused_total",
            "What was refused for a quota: requests, batches, events of a user, items, models.",
            ["tenant", "kind"],
        )
        self._store_faults = counter(
            "recommender_api_store_faults_total",
            "Requests that failed for the store, by the error's code.",
            ["code"],
        )
        self._history_faults = counter(
            "recommender_api_history_faults_total",
            "Answers that went without some of what was done lately, by tenant.",
            ["tenant"],
        )
        self._history_up = Gauge(
            "recommender_api_history_up",
            "Whether live history is in reach: 1 or 0; of several workers, the least.",
            registry=self.registry,
            multiprocess_mode="livemin",
        )
        self._history_up.set(1)
        self.answers = AnswerMeters(self.registry)
        self.ingest = IngestMeters(self.registry)
        self.shelf = ShelfMeters(self.registry)
        self._durations: dict[tuple[str, str, int], Histogram] = {}
        """Labelled once: to find a series by its labels costs more than to count in it."""

    def observe(self, visit: Visit) -> None:
        """A request that was answered."""
        route, tier, status = visit.route, visit.tier, visit.status or 500
        duration = self._durations.get((route, tier, status))
        if duration is None:
            duration = self._durations[route, tier, status] = self._duration.labels(
                route, tier, status
            )
        duration.observe(visit.elapsed_s, visit.exemplar)
        self._requests.count((route, visit.owner, tier, status))

    def count_shed(self, tenant: str, cause: str) -> None:
        self._shed.labels(tenant, cause).inc()

    def count_quota_refused(self, tenant: str, kind: str, count: int = 1) -> None:
        self._quota_refused.labels(tenant, kind).inc(count)

    def count_store_fault(self, code: str) -> None:
        self._store_faults.labels(code).inc()

    def count_history_fault(self, tenant: str) -> None:
        self._history_faults.labels(tenant).inc()

    def set_history_up(self, *, is_up: bool) -> None:
        self._history_up.set(is_up)

    async def run(self, tell_every_s: float = TELL_EVERY_S) -> None:
        """Give Prometheus what was added up, for ever: a parent asks its workers' files for it."""
        while True:
            await asyncio.sleep(tell_every_s)
            self.tell()

    def tell(self) -> None:
        """The same, now; to be called on the loop."""
        self._requests.tell()
        self.answers.tell()
