"""
The step `gate`: a verdict on every slot, from what was measured, and from how the staged bundle
answers in a process of its own.
"""

from typing import Any

import numpy as np

from recommender_store.artifacts.manifest import SlotName, Verdict
from trainers.datasets.descriptions import described
from trainers.evaluation.fresh_answers import faults
from trainers.evaluation.gates import Files, judge, judge_beside, judge_present

from .measuring import COMPARED_WITH, Measured
from .staging import staged_bundle
from .training import WHERE_ENOUGH, Training

FAULTS = "faults"
"""Under this name: what each slot did wrong in a fresh process; null for nothing."""

STAGED_MANIFEST = "staged"
"""Under this name: what the staged bundle says of itself, for the process that opens it."""


def judge_slots(training: Training) -> dict[str, Any]:
    """
    Write the verdicts; whether anything is published is for the next step.

    Raises:
        StepMissing: where nothing was measured.
    """
    training.bench.read(COMPARED_WITH, int, needs="measure")
    bundle = staged_bundle(training)
    training.bench.write(STAGED_MANIFEST, bundle.manifest.model_dump(mode="json"))
    files = _files(training)
    verdicts = [_judge(training, slot, files[slot]) for slot in training.measured]
    for slot, ranking in (("popular", bundle.popular), ("trending", bundle.trending)):
        if slot in training.filled:
            count, gate = len(ranking) if ranking else 0, training.settings.gate
            verdicts.append(judge_present(slot, count, files[slot], gate))
    for verdict in verdicts:
        training.bench.write(f"verdicts/{verdict.slot}", verdict.model_dump(mode="json"))
    return {verdict.slot: verdict.model_dump(mode="json") for verdict in verdicts}


def _files(training: Training) -> dict[SlotName, Files]:
    """How large each slot is, and whether it answers."""
    bench, timeout_s = training.bench, training.settings.gate.answer_timeout_s
    described = bench.folder / f"{STAGED_MANIFEST}.json"
    said = faults(bench.bundle, described, list(training.filled), timeout_s)
    bench.write(FAULTS, said)
    return {
        slot: Files(
            sum(path.stat().st_size for path in (bench.bundle / slot).rglob("*") if path.is_file()),
            fault,
        )
        for slot, fault in said.items()
    }


def _judge(training: Training, slot: SlotName, files: Files) -> Verdict:
    rng = training.rng(f"gate:{slot}")
    gate = training.settings.gate
    if slot == "content":
        return _judge_content(training, files)
    if slot in WHERE_ENOUGH:
        # Where it knows nothing, `similar` answers in its place.
        gate = gate.model_copy(update={"maximum_empty": 1.0})
    if not training.bench.has(f"measured/{slot}"):
        return judge(slot, None, None, files, gate, rng)
    measured = training.bench.read(f"measured/{slot}", Measured, needs="measure")
    verdict = judge(slot, measured.measurement(), measured.rivals(), files, gate, rng)
    for other, ndcg in measured.stand_in_ndcg.items():
        gains = np.array(measured.model_ndcg) - np.array(ndcg)
        verdict = judge_beside(verdict, other, gains, gate, rng)
    return verdict


def _judge_content(training: Training, files: Files) -> Verdict:
    gate, count = training.settings.gate, len(described(training.snapshot.descriptions))
    verdict = judge_present("content", count, files, gate)
    if not training.bench.has("measured/content"):
        return verdict
    measured = training.bench.read("measured/content", Measured, needs="measure")
    gains = np.array(measured.model_ndcg) - np.array(measured.popularity_ndcg)
    return judge_beside(verdict, "popularity", gains, gate, training.rng("gate:content"))


def verdict_of(training: Training, slot: SlotName) -> Verdict:
    """
    Raises:
        StepMissing: where the gate has not judged yet.
    """
    said = training.bench.read(f"verdicts/{slot}", dict, needs="gate")
    return Verdict.model_validate(said)
