"""
The step `gate`: a verdict on every slot, from what was measured.
"""

from typing import Any

from recommender_store.artifacts.manifest import SlotName, Verdict
from trainers.evaluation.gates import judge, judge_popular

from .measuring import COMPARED_WITH, Measured
from .staging import staged_bundle
from .training import ASKED, Training


def judge_slots(training: Training) -> dict[str, Any]:
    """
    Write the verdicts; whether anything is published is for the next step.

    Raises:
        StepMissing: where nothing was measured.
    """
    training.bench.read(COMPARED_WITH, int, needs="measure")
    verdicts = [_judge(training, slot) for slot in ASKED]
    popular = staged_bundle(training).popular
    verdicts.append(judge_popular(len(popular) if popular else 0))
    for verdict in verdicts:
        training.bench.write(f"verdicts/{verdict.slot}", verdict.model_dump(mode="json"))
    return {verdict.slot: verdict.model_dump(mode="json") for verdict in verdicts}


def _judge(training: Training, slot: SlotName) -> Verdict:
    rng = training.rng(f"gate:{slot}")
    gate = training.settings.gate
    if not training.bench.has(f"measured/{slot}"):
        return judge(slot, None, None, gate, rng)
    measured = training.bench.read(f"measured/{slot}", Measured, needs="measure")
    return judge(slot, measured.measurement(), measured.rivals(), gate, rng)


def verdict_of(training: Training, slot: SlotName) -> Verdict:
    """
    Raises:
        StepMissing: where the gate has not judged yet.
    """
    said = training.bench.read(f"verdicts/{slot}", dict, needs="gate")
    return Verdict.model_validate(said)
