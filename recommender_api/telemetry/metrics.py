"""
The metrics of one process, in Prometheus' terms. Tenants label counters, never histogram buckets.
"""

from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
HOOK_BUCKETS_S = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0)


class Metrics:
    """A registry of its own, so that two applications in one process do not meet."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        counter = partial(Counter, registry=self._registry)
        histogram = partial(Histogram, registry=self._registry)
        self._requests = counter(
            "recommender_api_requests_total",
            "Requests answered, by route, tenant and status.",
            ["route", "tenant", "status"],
        )
        self._duration = histogram(
            "recommender_api_request_duration_seconds",
            "Time to answer, by route; refused and failed requests too.",
            ["route"],
            buckets=BUCKETS_S,
        )
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
        self._of_answers = _AnswerMeters(self._registry)
        self._shelf = _ShelfMeters(self._registry)
        self._history_faults = counter(
            "recommender_api_history_faults_total",
            "Answers that went without some of what was done lately, by tenant.",
            ["tenant"],
        )
        self._history_up = Gauge(
            "recommender_api_history_up",
            "Whether live history is in reach: 1 or 0; of several workers, the least.",
            registry=self._registry,
            multiprocess_mode="livemin",
        )
        self._history_up.set(1)
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        """Labelled once: to find a series by its labels costs more than to count in it."""

    def observe(self, route: str, tenant: str, status: int, elapsed_s: float) -> None:
        known = self._series.get((route, tenant, status))
        if known is None:
            known = self._requests.labels(route, tenant, status), self._duration.labels(route)
            self._series[route, tenant, status] = known
        requests, duration = known
        requests.inc()
        duration.observe(elapsed_s)

    def count_events(self, tenant: str, verdicts: dict[str, Any]) -> None:
        self._events.labels(tenant, "accepted").inc(verdicts["accepted"])
        self._events.labels(tenant, "duplicate").inc(verdicts["duplicates"])
        self._events.labels(tenant, "rejected").inc(len(verdicts["rejected"]))
        for rejection in verdicts["rejected"]:
            self._rejected.labels(tenant, rejection["code"]).inc()

    def count_traces(self, tenant: str, *, written: int, dropped: int) -> None:
        self._of_answers.traces.labels(tenant, "written").inc(written)
        self._of_answers.traces.labels(tenant, "dropped").inc(dropped)

    def count_variant_fault(self, tenant: str, experiment: str, variant: str) -> None:
        self._of_answers.variant_faults.labels(tenant, experiment, variant).inc()

    def count_shed(self, tenant: str, cause: str) -> None:
        self._shed.labels(tenant, cause).inc()

    def count_quota_refused(self, tenant: str, kind: str, count: int = 1) -> None:
        self._quota_refused.labels(tenant, kind).inc(count)

    def count_history_fault(self, tenant: str) -> None:
        self._history_faults.labels(tenant).inc()

    def count_hook_call(self, tenant: str, hook: str, outcome: str, elapsed_s: float) -> None:
        self._of_answers.hook_calls.labels(tenant, hook, outcome).inc()
        self._of_answers.hook_duration.observe(elapsed_s)

    def set_history_up(self, *, is_up: bool) -> None:
        self._history_up.set(is_up)

    def set_shelf(self, tenants: int, size_bytes: int) -> None:
        self._shelf.tenants.set(tenants)
        self._shelf.bytes.set(size_bytes)

    def count_eviction(self, tenant: str) -> None:
        self._shelf.evictions.labels(tenant).inc()

    def exposition(self) -> bytes:
        return generate_latest(self._registry)


class _ShelfMeters:
    """What is loaded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.tenants = Gauge(
            "recommender_api_shelf_tenants",
            "Tenants that are loaded; of several workers, the sum.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.bytes = Gauge(
            "recommender_api_shelf_bytes",
            "What loaded tenants weigh, by estimate; of several workers, the sum.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.evictions = Counter(
            "recommender_api_shelf_evictions_total",
            "Times that a tenant gave way to others, by tenant.",
            ["tenant"],
            registry=registry,
        )


class _AnswerMeters:
    """What became of an answer's parts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        self.hook_calls = counter(
            "recommender_api_hook_calls_total",
            "Calls of tenants' hooks, by tenant, hook and what became of each.",
            ["tenant", "hook", "outcome"],
        )
        self.hook_duration = Histogram(
            "recommender_api_hook_duration_seconds",
            "Time that an answer waited for a hook.",
            buckets=HOOK_BUCKETS_S,
            registry=registry,
        )
        self.traces = counter(
            "recommender_api_traces_total",
            "Answers chosen to be written down, by tenant and what became of them.",
            ["tenant", "verdict"],
        )
        self.variant_faults = counter(
            "recommender_api_variant_faults_total",
            "Answers that the control gave in a failed variant's place.",
            ["tenant", "experiment", "variant"],
        )
