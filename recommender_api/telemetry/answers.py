"""
What is counted of answers: who gave them, from how many candidates, and what became of their parts.
"""

from collections.abc import Mapping
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Histogram

from .pending import Pending

HOOK_BUCKETS_S = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0)


class AnswerMeters:
    """Of all tenants in one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        answers = counter(
            "recommender_api_answers_total",
            "Answers by tenant, tier and whether the placement's own sources gave them.",
            ["tenant", "tier", "outcome"],
        )
        asked = counter(
            "recommender_api_source_calls_total",
            "Times that an answer was gathered from a source of candidates.",
            ["source"],
        )
        candidates = counter(
            "recommender_api_candidates_total",
            "Candidates that sources gave.",
            ["source"],
        )
        self._answers, self._asked = Pending(answers), Pending(asked)
        self._candidates = Pending(candidates)
        self._hook_calls = counter(
            "recommender_api_hook_calls_total",
            "Calls of tenants' hooks, by tenant, hook and what became of each.",
            ["tenant", "hook", "outcome"],
        )
        self._hook_duration = Histogram(
            "recommender_api_hook_duration_seconds",
            "Time that an answer waited for a hook.",
            buckets=HOOK_BUCKETS_S,
            registry=registry,
        )
        self._traces = counter(
            "recommender_api_traces_total",
            "Answers chosen to be written down, by tenant and what became of them.",
            ["tenant", "verdict"],
        )
        self._variant_faults = counter(
            "recommender_api_variant_faults_total",
            "Answers that the control gave in a failed variant's place.",
            ["tenant", "experiment", "variant"],
        )

    def count(self, tenant: str, tier: str, outcome: str) -> None:
        self._answers.count((tenant, tier, outcome))

    def count_candidates(self, given: Mapping[str, int]) -> None:
        """Source → how many it gave to one answer."""
        for source, count in given.items():
            self._asked.count((source,))
            self._candidates.count((source,), count)

    def count_hook_call(self, tenant: str, hook: str, outcome: str, elapsed_s: float) -> None:
        self._hook_calls.labels(tenant, hook, outcome).inc()
        self._hook_duration.observe(elapsed_s)

    def count_traces(self, tenant: str, *, written: int, dropped: int) -> None:
        self._traces.labels(tenant, "written").inc(written)
        self._traces.labels(tenant, "dropped").inc(dropped)

    def count_variant_fault(self, tenant: str, experiment: str, variant: str) -> None:
        self._variant_faults.labels(tenant, experiment, variant).inc()

    def tell(self) -> None:
        """What was added up since."""
        for pending in (self._answers, self._asked, self._candidates):
            pending.tell()
