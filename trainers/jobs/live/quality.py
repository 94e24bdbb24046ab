"""
How good the live bundle is now, slot by slot: asked as it would be asked when it serves, held
against what came, by the code that the gate measures with.

Histories are the bundle's own, with what happened between its `data_until` and the period folded
in.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from recommender_models.bundle import Bundle
from recommender_models.protocol import NO_ROWS, History
from recommender_store.artifacts.manifest import SlotName, SlotRecord
from recommender_store.runs.live import SlotQuality
from recommender_store.runs.measures import SlotMeasures
from recommender_store.tenants.settings import TenantSettings
from trainers.datasets.questions import Questions, grouped
from trainers.datasets.split import Split, split_at
from trainers.evaluation.measure import Measurement, measure
from trainers.evaluation.uncertainty import bootstrap_mean
from trainers.jobs.asking import past_of, questions_of, ranked_before
from trainers.jobs.training import COUNTED
from trainers.recipes.protocol import Progress

from .log import LiveLog

COMPARED = "ndcg@10"
"""What models are compared by."""


class Asked(NamedTuple):
    """How slots are to be looked at."""

    settings: TenantSettings
    progress: Progress
    threads: int
    seed: int


class SlotLook(NamedTuple):
    """One slot; no quality where too few could be asked."""

    measures: SlotMeasures
    quality: SlotQuality | None


def look_at_slots(
    bundle: Bundle, log: LiveLog, begin_us: int, asked: Asked
) -> dict[SlotName, SlotLook]:
    """All but those that only count: there is no later period that they could be tested on."""
    split = split_at(log.events, begin_us)
    history_of = _histories(bundle, log, begin_us)
    looks: dict[SlotName, SlotLook] = {}
    for slot in bundle.slots:
        if slot not in COUNTED:
            questions = questions_of(slot, split, log.described, len(log.users), history_of)
            looks[slot] = _look_at(bundle, log, slot, split, questions, asked)
    return looks


def _histories(bundle: Bundle, log: LiveLog, begin_us: int) -> Callable[[int], History]:
    between = split_at(log.split.test, begin_us).train
    places = dict(grouped(between.actor, np.arange(len(between), dtype=np.int32)))

    def history_of(user: int) -> History:
        at = places.get(user, NO_ROWS)
        items, newer = between.item[at].tolist(), dict[int, float]()
        for row, weight in zip(items, between.weight[at].tolist(), strict=True):
            if weight > 0 and row < len(bundle.items):
                newer[row] = newer.get(row, 0.0) + weight
        return bundle.history_with(int(log.users[user]), newer, set(items))

    return history_of


def _look_at(
    bundle: Bundle, log: LiveLog, slot: SlotName, split: Split, questions: Questions, asked: Asked
) -> SlotLook:
    users = questions.owners
    if users < max(asked.settings.gate.minimum_test_users, 1):
        return SlotLook(SlotMeasures(users, len(questions)), None)
    past = past_of(slot, split, log.described, log.shape)
    baseline = ranked_before(slot, split, asked.settings.training)
    beside = (past, asked.progress, asked.threads)
    model = measure(bundle.slots[slot], _as_known(questions, len(bundle.items)), *beside)
    popularity = measure(baseline, questions, *beside)
    measures = SlotMeasures(
        test_users=users,
        questions=len(questions),
        model=model.figures,
        popularity=popularity.figures,
        relevant_unknown_share=float(
            1 - np.isin(np.concatenate(questions.relevant), past.known).mean()
        ),
    )
    record = bundle.manifest.slots[slot]
    return SlotLook(measures, _quality(slot, record, model, popularity, asked))


def _as_known(questions: Questions, row_count: int) -> Questions:
    """The same as the bundle can be asked: it has no row for an item that it lacks."""
    histories = [
        replace(one, rows=one.rows[inside], weights=one.weights[inside])
        for one in questions.histories
        for inside in (one.rows < row_count,)
    ]
    seeds = np.where(questions.seeds < row_count, questions.seeds, -1).astype(np.int32)
    return replace(questions, histories=histories, seeds=seeds)


def _quality(
    slot: SlotName,
    record: SlotRecord,
    model: Measurement,
    popularity: Measurement,
    asked: Asked,
) -> SlotQuality:
    confidence = asked.settings.gate.confidence
    rng = np.random.default_rng([asked.seed, *f"measure:{slot}".encode()])
    now = bootstrap_mean(model.ndcg_by_owner, confidence, rng)
    gain = bootstrap_mean(model.ndcg_by_owner - popularity.ndcg_by_owner, confidence, rng)
    return SlotQuality(
        test_users=len(model.ndcg_by_owner),
        now=now.mean,
        now_low=now.low,
        now_high=now.high,
        popularity_now=popularity.figures[COMPARED],
        gain=gain.mean,
        gain_low=gain.low,
        gain_high=gain.high,
        at_gate=_at_gate(record, "model"),
        popularity_at_gate=_at_gate(record, "popularity"),
    )


def _at_gate(record: SlotRecord, who: str) -> float | None:
    value = (record.metrics.get(who) or {}).get(COMPARED)
    return float(value) if isinstance(value, int | float) else None
