"""
What is counted of loaded tenants: how many, how large, how long loading takes, and what is refused.
"""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

LOAD_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class ShelfMeters:
    """Of one process; where there are several workers, gauges are summed."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry, multiprocess_mode="livesum")
        self._tenants = gauge(
            "recommender_api_shelf_tenants",
            "Tenants that are loaded; of several workers, the sum.",
        )
        self._bytes = gauge(
            "recommender_api_shelf_bytes",
            "What loaded tenants weigh, by estimate; of several workers, the sum.",
        )
        self._limit = gauge(
            "recommender_api_shelf_limit_bytes",
            "What loaded tenants may weigh; of several workers, the sum.",
        )
        self._evictions = counter(
            "recommender_api_shelf_evictions_total",
            "Times that a tenant gave way to others, by tenant.",
            ["tenant"],
        )
        self._loads = counter(
            "recommender_api_shelf_loads_total",
            "Times that a tenant was loaded, by tenant and outcome.",
            ["tenant", "outcome"],
        )
        self._load_duration = Histogram(
            "recommender_api_shelf_load_duration_seconds",
            "Time that it took to load a tenant, failed loads too.",
            buckets=LOAD_BUCKETS_S,
            registry=registry,
        )
        self._refused = counter(
            "recommender_api_refused_artifacts_total",
            "Tries to open a model that failed, by tenant and code.",
            ["tenant", "code"],
        )

    def set(self, tenants: int, size_bytes: int, limit_bytes: int | None) -> None:
        self._tenants.set(tenants)
        self._bytes.set(size_bytes)
        self._limit.set(limit_bytes or 0)

    def count_eviction(self, tenant: str) -> None:
        self._evictions.labels(tenant).inc()

    def count_load(self, tenant: str, duration_s: float, *, is_loaded: bool) -> None:
        self._loads.labels(tenant, "loaded" if is_loaded else "failed").inc()
        self._load_duration.observe(duration_s)

    def count_refused_artifact(self, tenant: str, code: str) -> None:
        self._refused.labels(tenant, code).inc()
