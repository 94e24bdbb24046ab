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

from recommender_store.artifacts.manifest import SlotName, SlotRecord, Verdict
from recommender_store.author import Author
from trainers.errors import Refusal
from trainers.recipes.popularity import rank_by_popularity

from .bundling import Fitted, carry_over, slot_record
from .gating import verdict_of
from .measuring import Measured
from .staging import fitted, manifest
from .training import ASKED, Training


def publish(training: Training) -> dict[str, Any]:
    """
    Raises:
        Refusal: where the gate let none of the models in.
        RevisionConflict: where another version went live since the gate compared.
    """
    verdicts = {slot: verdict_of(training, slot) for slot in training.recipes}
    if not any(verdicts[slot].passed for slot in ASKED):
        reasons = " | ".join(f"{slot}: {verdicts[slot].sentence}" for slot in ASKED)
        raise Refusal(f"the gate let no model in. {reasons}")
    version = _new_version(training)
    _count_popular_to_the_end(training)
    slots = _slots(training, version, verdicts)
    refused = {slot: verdict for slot, verdict in verdicts.items() if not verdict.passed}
    made = manifest(training, version, slots, refused=refused)
    training.space.models.publish(training.bench.bundle, made)
    compared_with = training.bench.read("compared_with", int, step="publish", needs="measure")
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


def _count_popular_to_the_end(training: Training) -> None:
    """Popularity is a count, not a fit: it knows the test period too once that has been asked."""
    everything = training.snapshot.interactions
    until_us = training.snapshot.statistics.until_us
    half_life_days = training.settings.training.popularity_half_life_days
    ranking = rank_by_popularity(everything, until_us, half_life_days)
    ranking.save(training.bench.bundle / "popular")
    before = fitted(training, "popular", "publish")
    training.bench.write(
        "fitted/popular",
        Fitted(before.recipe, before.kind, before.parameters, data_until_us=until_us),
    )


def _slots(
    training: Training, version: str, verdicts: dict[SlotName, Verdict]
) -> dict[SlotName, SlotRecord]:
    bundle = training.bench.bundle
    slots: dict[SlotName, SlotRecord] = {
        slot: slot_record(
            version,
            bundle,
            slot,
            fitted(training, slot, "publish"),
            metrics=_metrics(training, slot),
            verdict=verdict,
        )
        for slot, verdict in verdicts.items()
        if verdict.passed
    }
    live = training.live
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
    measured = training.bench.read(f"measured/{slot}", Measured, step="publish", needs="measure")
    return {"model": measured.model, "popularity": measured.popularity, "current": measured.current}
