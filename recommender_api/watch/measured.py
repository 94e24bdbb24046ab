"""
What was measured of live models, as Prometheus reads it: how good they are now, and what drifted.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import get_args

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from recommender_store.runs.live import Advice

from .tenant import WatchedTenant


def of_measures(tenants: Sequence[WatchedTenant], now: datetime) -> Iterator[Metric]:
    """Nothing of tenants whose live model nobody measured."""
    quality = GaugeMetricFamily(
        "recommender_api_model_quality_ratio",
        "NDCG@10 of the live model when it was last measured over that at the gate, by slot.",
        labels=["tenant", "slot"],
    )
    drift = GaugeMetricFamily(
        "recommender_api_model_drift_ratio",
        "What drifted since the live model was trained over what makes it a finding, by figure.",
        labels=["tenant", "figure"],
    )
    findings = GaugeMetricFamily(
        "recommender_api_model_findings",
        "Findings of the last measurement of the live model, by what is advised.",
        labels=["tenant", "advice"],
    )
    age = GaugeMetricFamily(
        "recommender_api_model_measure_age_seconds",
        "Since when the live model was last measured, by tenant.",
        labels=["tenant"],
    )
    for one in tenants:
        if one.measured is None or one.measured_at is None:
            continue
        for slot, how in one.measured.quality.items():
            if how.ratio is not None:
                quality.add_metric([one.tenant_id, slot], how.ratio)
        for figure in one.measured.drift:
            labels = [one.tenant_id, figure.name]
            drift.add_metric(labels, figure.excess / figure.threshold)
        advised = Counter(finding.advice for finding in one.measured.findings)
        for advice in get_args(Advice):
            findings.add_metric([one.tenant_id, advice], advised[advice])
        age.add_metric([one.tenant_id], (now - one.measured_at).total_seconds())
    yield from (quality, drift, findings, age)
