"""
The step `publish`: what was let in becomes a bundle, and the bundle becomes the current one.

Refused slots are carried over from the bundle that is live; where nothing of the new bundle was
let in, nothing is published. Promotion goes after the very revision that the gate compared with:
where another one came first, the caller gates again.
"""

import hashlib
import socket
from datetime import UTC, datetime
from typing import Any

from recommender_store.artifacts.catalogue import Current
from recommender_store.artifacts.manifest import SlotName, SlotRecord, Verdict
from recommender_store.author import Author
from recommender_store.errors import RevisionConflict
from trainers.errors import GateRefused

from .bundling import carry_over, slot_record
from .gating import verdict_of
from .measuring import COMPARED_WITH, Measured
from .staging import fitted, manifest
from .training import ASKED, Training


def publish(training: Training) -> dict[str, Any]:
    """
    Raises:
        GateRefused: where the gate let none of the models in.
        RevisionConflict: where another version went live since the gate compared.
    """
    verdicts = {slot: verdict_of(training, slot) for slot in training.recipes}
    if not any(verdicts[slot].passed for slot in ASKED):
        raise GateRefused(sentences={slot: verdicts[slot].sentence for slot in ASKED})
    compared_with = training.bench.read(COMPARED_WITH, int, needs="measure")
    current = training.current()
    if current.number != compared_with:
        raise RevisionConflict(expected=compared_with, current=current.number)
    version = _new_version(training)
    slots = _slots(training, version, verdicts, current)
    refused = {slot: verdict for slot, verdict in verdicts.items() if not verdict.passed}
    made = manifest(training, version, slots, refused=refused)
    training.space.models.publish(training.bench.bundle, made)
    training.space.models.promote(
        version,
        author=Author(by=f"run:{training.bench.run_id}", origin=socket.gethostname()),
        expected=compared_with,
        reason="passed the gate",
    )
    training.space.announce("model", version=version)
    return {"version": version, "slots": {slot: slots[slot].fitted_in for slot in slots}}


def _new_version(training: Training) -> str:
    now = datetime.now(UTC)
    suffix = hashlib.sha256(f"{training.bench.run_id}{now.isoformat()}".encode()).hexdigest()[:4]
    return f"{now:%Y%m%dT%H%M%SZ}-{training.recipes['for_you']}-{suffix}"


def _slots(
    training: Training, version: str, verdicts: dict[SlotName, Verdict], current: Current
) -> dict[SlotName, SlotRecord]:
    bundle = training.bench.bundle
    slots: dict[SlotName, SlotRecord] = {
        slot: slot_record(
            version,
            bundle,
            slot,
            fitted(training, slot),
            metrics=_metrics(training, slot),
            verdict=verdict,
        )
        for slot, verdict in verdicts.items()
        if verdict.passed
    }
    live, _ = training.opened(current)
    if live is not None:
        for slot in live.bundle.manifest.slots:
            if slot not in slots:
                slots[slot] = carry_over(
                    version, bundle, slot, live.bundle, live.folder, training.snapshot.items
                )
    return slots


def _metrics(training: Training, slot: SlotName) -> dict[str, Any]:
    if not training.bench.has(f"measured/{slot}"):
        return {}
    measured = training.bench.read(f"measured/{slot}", Measured, needs="measure")
    return {"model": measured.model, "popularity": measured.popularity, "current": measured.current}
