"""
The metrics of one process, in Prometheus' terms. Tenants label counters, never histogram buckets.
"""

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
HOOK_BUCKETS_S = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0)


class _Hooks:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter(
            "recommender_api_hook_calls_total",
            "Calls of tenants' hooks, by tenant, hook and what became of each.",
            ["tenant", "hook", "outcome"],
            registry=registry,
        )
        self.duration = Histogram(
            "recommender_api_hook_duration_seconds",
            "Time that an answer waited for a hook.",
            buckets=HOOK_BUCKETS_S,
            registry=registry,
        )


class Metrics:
    """A registry of its own, so that two applications in one process do not meet."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "recommender_api_requests_total",
            "Requests answered, by route, tenant and status.",
            ["route", "tenant", "status"],
            registry=self._registry,
        )
        self._duration = Histogram(
            "recommender_api_request_duration_seconds",
            "Time to answer, by route; refused and failed requests too.",
            ["route"],
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._events = Counter(
            "recommender_api_events_total",
            "Events received, by tenant and verdict.",
            ["tenant", "verdict"],
            registry=self._registry,
        )

        self._history_faults = Counter(
            "recommender_api_history_faults_total",
            "Answers that went without some of what was done lately, by tenant.",
            ["tenant"],
            registry=self._registry,
        )
        self._history_up = Gauge(
            "recommender_api_history_up",
            "Whether live history is in reach: 1 or 0; of several workers, the least.",
            registry=self._registry,
            multiprocess_mode="livemin",
        )
        self._history_up.set(1)
        self._rejected = Counter(
            "recommender_api_rejected_events_total",
            "Events refused one by one, by tenant and code.",
            ["tenant", "code"],
            registry=self._registry,
        )

        self._hooks = _Hooks(self._registry)
        self._traces = Counter(
            "recommender_api_traces_total",
            "Answers chosen to be written down, by tenant and what became of them.",
            ["tenant", "verdict"],
            registry=self._registry,
        )

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
        self._traces.labels(tenant, "written").inc(written)
        self._traces.labels(tenant, "dropped").inc(dropped)

    def count_history_fault(self, tenant: str) -> None:
        self._history_faults.labels(tenant).inc()

    def count_hook_call(self, tenant: str, hook: str, outcome: str, elapsed_s: float) -> None:
        self._hooks.calls.labels(tenant, hook, outcome).inc()
        self._hooks.duration.observe(elapsed_s)

    def set_history_up(self, *, is_up: bool) -> None:
        self._history_up.set(is_up)

    def exposition(self) -> bytes:
        return generate_latest(self._registry)
