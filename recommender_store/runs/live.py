"""
What a look at the live model found, as it lies in the result of the step `drift` of its run: how
good it is now beside how good it was at the gate, and what changed since it was trained.

Written by `recommender measure`, told by `GET …/report`, the console and the metrics.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from .record import Run

STEP = "drift"

Advice = Literal["retrain", "look at the logger"]


class SlotQuality(msgspec.Struct, frozen=True):
    """One slot; each figure is a mean of NDCG@10 over users or sessions."""

    test_users: int
    now: float
    now_low: float
    now_high: float
    popularity_now: float
    """Of what was popular up to the period, on the same questions."""
    gain: float
    """Over popularity."""
    gain_low: float
    gain_high: float
    at_gate: float | None = None
    """In the training that fitted the slot; null where its record does not say."""
    popularity_at_gate: float | None = None

    @property
    def ratio(self) -> float | None:
        """Now over at the gate."""
        return self.now / self.at_gate if self.at_gate else None


class DriftFigure(msgspec.Struct, frozen=True):
    """One way in which the log is no longer what the model was trained on."""

    name: str
    value: float
    threshold: float
    """From here on it is a finding."""
    advice: Advice
    sentence: str
    usual: float | None = None
    """What the log did to itself before, over as long a time: taken off before it is judged."""

    @property
    def excess(self) -> float:
        return max(self.value - (self.usual or 0.0), 0.0)

    @property
    def is_finding(self) -> bool:
        return self.excess >= self.threshold


class LiveFinding(msgspec.Struct, frozen=True):
    """What somebody should do something about."""

    code: str
    advice: Advice
    sentence: str


class LiveMeasure(msgspec.Struct, frozen=True):
    """One look at the live model."""

    model_version: str
    data_until: datetime
    since: datetime
    """Begin of the period that was foretold."""
    until: datetime
    """Just after the newest event."""
    quality: dict[str, SlotQuality] = {}
    drift: list[DriftFigure] = []
    findings: list[LiveFinding] = []


def live_measure(run: Run) -> LiveMeasure | None:
    """What a run found; None where it is no look at a model, or another version wrote it."""
    results: dict[str, Mapping[str, Any]] = {step.name: step.result for step in run.steps}
    if run.kind != "measure" or STEP not in results:
        return None
    try:
        return msgspec.convert(results[STEP], LiveMeasure)
    except msgspec.ValidationError:
        return None
