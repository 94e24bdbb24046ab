"""
The step `publish`: what was let in becomes a bundle, and the bundle becomes the current one.

Refused slots are carried over from the bundle that is live. Where the gate let neither `similar`
nor `for_you` in, what is popular and what users have seen still go on, around the live bundle's
models; where nothing is live, nothing goes live. A slot may be let in despite the gate, for a
reason that stays with it; one that does not answer may not. What stays refused is published beside,
for whoever decides otherwise later. Promotion goes after the very revision that the gate compared
with: where another one came first, the caller gates again. Begun again after a kill, it finishes
what it had begun: a version's name comes from the run, not from the clock.

Where the tenant wants canaries, what passed the gate beside a live bundle is not promoted here: an
experiment that the platform writes has it answer a part of the users, and whoever watches that
promotes it.
"""

import hashlib
from itertools import takewhile
from typing import Any

from recommender_store.artifacts.catalogue import Current
from recommender_store.artifacts.manifest import (
    Manifest,
    SlotName,
    SlotRecord,
    Verdict,
    content_sha256,
)
from recommender_store.errors import RevisionConflict
from trainers.errors import GateRefused
from trainers.evaluation.gates import FORCED

from .bundling import carry_over
from .gating import FAULTS, verdict_of
from .going_live import Promotion, promoted_or_tried
from .measuring import COMPARED_WITH
from .new_slots import is_let_in, new_slot, published
from .quotas import check_room
from .staging import fitted, manifest
from .training import ASKED, Training
from .withheld import keep_withheld

NAMED_AFTER: tuple[SlotName, ...] = (*reversed(ASKED), "popular")
"""A version's name holds the recipe of the first of these that is new in it."""

WITHHELD_AS = "refused_version"
"""In the step's result: the version that holds what was refused."""

NEVER_CARRIED: tuple[SlotName, ...] = ("trending",)
"""What was trending when an older bundle was made is no news."""


def publish(training: Training) -> dict[str, Any]:
    """
    Raises:
        GateRefused: where the gate let neither `similar` nor `for_you` in. What is popular, what
            users have seen, and what else passed goes on all the same, with the live models.
        QuotaRefused: where the tenant has no room for another bundle; nothing was published.
        RevisionConflict: where another version went live since the gate compared.
    """
    verdicts = {slot: _decided(training, slot) for slot in training.filled}
    compared_with = training.bench.read(COMPARED_WITH, int, needs="measure")
    fresh = {slot for slot, verdict in verdicts.items() if is_let_in(verdict)}
    version = _version(training, fresh)
    current = training.current()
    if current.number != compared_with and not _went_live(training, version, compared_with):
        raise RevisionConflict(expected=compared_with, current=current.number)
    if fresh & set(ASKED):
        return _publish(training, version, verdicts, current, "passed the gate", is_tried=True)
    sentences: dict[str, str] = {slot: verdicts[slot].sentence for slot in ASKED}
    live, _ = training.opened(current)
    if live is None or "popular" not in fresh:
        raise GateRefused(sentences=sentences, result=_withhold(training, verdicts, None))
    reason = "neither similar nor for_you passed the gate"
    result = _publish(training, version, verdicts, current, reason)
    raise GateRefused(sentences=sentences, result=result)


def _decided(training: Training, slot: SlotName) -> Verdict:
    """The gate's verdict; where somebody overrules it, with the reason among its figures."""
    verdict, reason = verdict_of(training, slot), training.options.promote_despite
    if verdict.passed or reason is None:
        return verdict
    if training.bench.read(FAULTS, dict, needs="gate").get(slot) is not None:
        return verdict
    return verdict.model_copy(update={"figures": verdict.figures | {FORCED: reason}})


def _despite(verdicts: dict[SlotName, Verdict]) -> str | None:
    """Why the bundle goes live although the gate refused slots of it, as its promotion keeps it."""
    forced = {
        slot: str(one.figures[FORCED]) for slot, one in verdicts.items() if FORCED in one.figures
    }
    if not forced:
        return None
    return f"despite the gate ({', '.join(forced)}): {next(iter(forced.values()))}"


def _publish(
    training: Training,
    version: str,
    verdicts: dict[SlotName, Verdict],
    current: Current,
    reason: str,
    *,
    is_tried: bool = False,
) -> dict[str, Any]:
    made = published(training, version)
    if made is None:
        slots = _slots(training, version, verdicts, current)
        refused = {slot: verdict for slot, verdict in verdicts.items() if not is_let_in(verdict)}
        made = manifest(training, version, slots, refused=refused)
        check_room(training.space, made)
        training.space.models.publish(training.bench.bundle, made)
    withheld = _withhold(training, verdicts, made)
    compared_with = training.bench.read(COMPARED_WITH, int, needs="measure")
    told: dict[str, Any] = {}
    if not _went_live(training, version, compared_with):
        order = Promotion(version, current, reason, _despite(verdicts))
        told = promoted_or_tried(training, order, is_tried=is_tried)
    training.space.announce("model", version=version)
    said = {
        "version": version,
        "artifact_sha256": content_sha256(made),
        "slots": {slot: record.fitted_in for slot, record in made.slots.items()},
    }
    return said | withheld | told


def _withhold(
    training: Training, verdicts: dict[SlotName, Verdict], live: Manifest | None
) -> dict[str, str]:
    refused = {slot for slot, verdict in verdicts.items() if not is_let_in(verdict)}
    version = _version(training, refused, " refused")
    kept = keep_withheld(training, version, verdicts, live)
    return {WITHHELD_AS: kept} if kept else {}


def _version(training: Training, fresh: set[SlotName], purpose: str = "") -> str:
    """Named after what is new in it that matters most; the same however often it is tried."""
    compared_with = training.bench.read(COMPARED_WITH, int, needs="measure")
    named = f"{training.bench.run_id} {compared_with}{purpose}"
    suffix = hashlib.sha256(named.encode()).hexdigest()[:4]
    slot = next(slot for slot in NAMED_AFTER if slot in fresh or slot == NAMED_AFTER[-1])
    recipe = fitted(training, slot).recipe
    return f"{training.started_at:%Y%m%dT%H%M%SZ}-{recipe}-{suffix}"


def _went_live(training: Training, version: str, compared_with: int) -> bool:
    """Whether this run had promoted its bundle before it was killed; others may have followed."""
    since = takewhile(lambda past: past.number > compared_with, training.space.models.history())
    return any(past.value is not None and past.value["version"] == version for past in since)


def _slots(
    training: Training, version: str, verdicts: dict[SlotName, Verdict], current: Current
) -> dict[SlotName, SlotRecord]:
    bundle = training.bench.bundle
    slots: dict[SlotName, SlotRecord] = {
        slot: new_slot(training, version, slot, verdict)
        for slot, verdict in verdicts.items()
        if is_let_in(verdict)
    }
    live, _ = training.opened(current)
    if live is not None:
        for slot in live.bundle.manifest.slots:
            if slot not in slots and slot not in NEVER_CARRIED:
                slots[slot] = carry_over(
                    version, bundle, slot, live.bundle, live.folder, training.snapshot.items
                )
    return slots
