"""
The bundle as it lies on the workbench: opened for measuring before anything is published.
"""

from datetime import UTC, datetime
from importlib.metadata import version as package_version
from typing import Any

from recommender_models.bundle import Bundle
from recommender_store.artifacts.manifest import Lineage, Manifest, SlotName, SlotRecord
from trainers.datasets.interactions import to_datetime

from .bundling import OWN_FILES, Fitted, file_record, slot_record
from .training import Training

STAGED = "staged"


def staged_bundle(training: Training) -> Bundle:
    """
    Every fitted slot, let in or not.

    Raises:
        StepMissing: where a slot was not fitted.
    """
    slots = {
        slot: slot_record(
            STAGED,
            training.bench.bundle,
            slot,
            fitted(training, slot),
            metrics={},
            verdict=None,
        )
        for slot in training.filled
    }
    return Bundle.open(manifest(training, STAGED, slots), training.bench.bundle)


def fitted(training: Training, slot: SlotName) -> Fitted:
    return training.bench.read(f"fitted/{slot}", Fitted, needs=f"fit:{slot}")


def manifest(
    training: Training, version: str, slots: dict[SlotName, SlotRecord], **more: Any
) -> Manifest:
    """The manifest of what lies on the workbench."""
    bundle = training.bench.bundle
    training.bench.require(bundle / "seen_kinds.npy", "check")
    return Manifest(
        version=version,
        created_at=datetime.now(UTC),
        data_until=to_datetime(training.split.at_us),
        files={name: file_record(version, bundle, name) for name in OWN_FILES},
        slots=slots,
        lineage=lineage(training),
        **more,
    )


def lineage(training: Training) -> Lineage:
    statistics = training.snapshot.statistics
    return Lineage(
        run_id=training.bench.run_id,
        data_fingerprint=training.snapshot.fingerprint,
        window_since=to_datetime(statistics.since_us),
        window_until=to_datetime(statistics.until_us),
        events=statistics.events,
        interactions=statistics.pairs,
        users=statistics.users,
        items=statistics.items,
        seed=training.options.seed,
        threads=training.options.threads,
        code_version=package_version("recommender-platform"),
        settings={
            "training": training.settings.training.model_dump(mode="json"),
            "gate": training.settings.gate.model_dump(mode="json"),
        },
        durations_s=training.durations_s,
    )
