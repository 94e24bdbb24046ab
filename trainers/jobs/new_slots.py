"""
Slots that a training fitted, as the manifest of a bundle tells of them: figures, verdict, files.
"""

from typing import Any

from recommender_store.artifacts.errors import ArtifactMissing
from recommender_store.artifacts.manifest import Manifest, SlotName, SlotRecord, Verdict
from trainers.evaluation.gates import FORCED

from .bundling import slot_record
from .measuring import Measured
from .staging import fitted
from .training import Training


def new_slot(training: Training, version: str, slot: SlotName, verdict: Verdict) -> SlotRecord:
    return slot_record(
        version,
        training.bench.bundle,
        slot,
        fitted(training, slot),
        metrics=_metrics(training, slot),
        verdict=verdict,
    )


def _metrics(training: Training, slot: SlotName) -> dict[str, Any]:
    if not training.bench.has(f"measured/{slot}"):
        return {}
    measured = training.bench.read(f"measured/{slot}", Measured, needs="measure")
    return {"model": measured.model, "popularity": measured.popularity, "current": measured.current}


def is_let_in(verdict: Verdict) -> bool:
    return verdict.passed or FORCED in verdict.figures


def published(training: Training, version: str) -> Manifest | None:
    """The bundle, where this run had published it before it was killed."""
    try:
        found = training.space.models.manifest(version)
    except ArtifactMissing:
        return None
    return found if found.lineage.run_id == training.bench.run_id else None
