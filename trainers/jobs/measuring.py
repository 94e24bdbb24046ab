"""
The step `measure`: the staged bundle answers its questions, beside popularity and what is live.

The bundle is opened from the files that will be published and asked through the same code that
will serve it.
"""

import os
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from recommender_models.blend import Blend
from recommender_models.bundle import Bundle
from recommender_models.carried import CarriedOver
from recommender_models.item_vectors import ItemVectors
from recommender_models.popularity import PopularRanking
from recommender_models.protocol import ForYou, History, SimilarItems
from recommender_store.artifacts.manifest import SlotName
from recommender_store.runs.measures import CohortMeasures, SlotMeasures
from trainers.datasets.descriptions import described
from trainers.datasets.interactions import to_datetime
from trainers.datasets.questions import Questions
from trainers.evaluation.cohorts import cohort_measures
from trainers.evaluation.exactness import exactness
from trainers.evaluation.gates import Rivals
from trainers.evaluation.measure import Measurement, measure
from trainers.indexes.recall import USERS, K, index_recall

from .asking import past_of, questions_of, ranked_before
from .bundling import rows_elsewhere
from .cohorts import slot_cohorts
from .staging import staged_bundle
from .training import LiveBundle, Training

THREADS_MOST = 4
"""That ask at once: what an answer takes beside the search of an index, one alone can do."""

COMPARED_WITH = "compared_with"
"""Under this name: the number of the decision that made the current bundle the current one."""


STAND_INS: dict[SlotName, tuple[SlotName, ...]] = {
    "bought_together": ("similar",),
    "next": ("for_you", "similar"),
}
"""What answers in a slot's place where it is not there."""


class Measured(msgspec.Struct):
    """One slot's measurement and its rivals', as the next step reads them."""

    model: dict[str, float]
    popularity: dict[str, float]
    current: dict[str, float] | None
    model_ndcg: list[float]
    popularity_ndcg: list[float]
    current_ndcg: list[float] | None
    current_saw_test: bool
    questions: int
    relevant_unknown_share: float
    """Share of the right answers that nobody could have given: items without a past."""
    stand_ins: dict[str, dict[str, float]] = {}
    """Slot that would answer in this one's place → its figures on the same questions."""
    stand_in_ndcg: dict[str, list[float]] = {}
    cohorts: list[CohortMeasures] = []

    def measurement(self) -> Measurement:
        return Measurement(self.model, np.array(self.model_ndcg))

    def rivals(self) -> Rivals:
        current = None
        if self.current is not None and self.current_ndcg is not None:
            current = Measurement(self.current, np.array(self.current_ndcg))
        popularity = Measurement(self.popularity, np.array(self.popularity_ndcg))
        return Rivals(popularity, current, self.current_saw_test)

    def record(self, test_users: int) -> SlotMeasures:
        """As the run keeps it."""
        return SlotMeasures(
            test_users=test_users,
            questions=self.questions,
            model=self.model,
            popularity=self.popularity,
            current=self.current,
            relevant_unknown_share=self.relevant_unknown_share,
            stand_ins=self.stand_ins,
            cohorts=self.cohorts,
        )


def measure_slots(training: Training) -> dict[str, Any]:
    """Measure every asked slot; a slot without questions is left out, and the gate will say so."""
    bundle = staged_bundle(training)
    current = training.current()
    live, fault = training.opened(current)
    results: dict[str, Any] = {"current": current.version}
    if fault is not None:
        results["current_fault"] = fault
    training.bench.write(COMPARED_WITH, current.number)
    for slot in training.measured:
        questions = _questions(training, bundle, slot)
        if not len(questions):
            results[slot] = {"test_users": 0}
            continue
        measured = _measure_slot(training, bundle, slot, questions, live)
        training.bench.write(f"measured/{slot}", measured)
        results[slot] = msgspec.to_builtins(measured.record(questions.owners))
    return results


def _questions(training: Training, bundle: Bundle, slot: SlotName) -> Questions:
    return questions_of(
        slot,
        training.split,
        described(training.snapshot.descriptions),
        len(training.snapshot.users),
        bundle.known,
    )


def _measure_slot(
    training: Training,
    bundle: Bundle,
    slot: SlotName,
    questions: Questions,
    live: LiveBundle | None,
) -> Measured:
    taken, threads = training.snapshot, _asking(training)
    past = past_of(slot, training.split, described(taken.descriptions), taken.shape)
    baseline = _most_popular(training, slot)
    asked = (questions, past, training.report.progress, threads)
    model, popularity = measure(bundle.slots[slot], *asked), measure(baseline, *asked)
    carried = _carried(bundle, slot, live)
    current = None if carried is None else measure(carried, *asked)
    stand_ins = {
        other: measure(bundle.slots[other], *asked)
        for other in STAND_INS.get(slot, ())
        if isinstance(bundle.slots[other], ForYou if questions.histories else SimilarItems)
    }
    measured = {"model": model, "popularity": popularity} | (
        {"current": current} if current else {}
    )
    tables = {who: one.table for who, one in measured.items()}
    relevant = np.concatenate(questions.relevant)
    return Measured(
        model=model.figures
        | _index_figures(bundle.slots[slot], questions)
        | exactness(bundle.slots[slot], questions, len(bundle.items), model.table, threads),
        popularity=popularity.figures,
        current=current.figures if current else None,
        model_ndcg=model.ndcg_by_owner.tolist(),
        popularity_ndcg=popularity.ndcg_by_owner.tolist(),
        current_ndcg=current.ndcg_by_owner.tolist() if current else None,
        current_saw_test=current is not None
        and live is not None
        and _saw_test(training, slot, live),
        questions=len(questions),
        relevant_unknown_share=float(1 - np.isin(relevant, past.known).mean()),
        stand_ins={other: one.figures for other, one in stand_ins.items()},
        stand_in_ndcg={other: one.ndcg_by_owner.tolist() for other, one in stand_ins.items()},
        cohorts=cohort_measures(slot_cohorts(training, slot, questions, past), questions, tables),
    )


def _most_popular(training: Training, slot: SlotName) -> PopularRanking:
    """What the slot must beat: what is popular before the split, among purchases for purchases."""
    if slot == "bought_together":
        return ranked_before(slot, training.split, training.settings.training)
    folder = training.bench.require(training.bench.baseline, "fit:popular")
    return PopularRanking.from_path(folder)


def _index_figures(model: object, questions: Questions) -> dict[str, float]:
    """What the index of a model with one loses; of a blend, the part's that loses most."""
    models = model.models if isinstance(model, Blend) else [model]
    found = [
        index_recall(one.index, one.item_factors, np.stack(known))
        for one in models
        if isinstance(one, ItemVectors) and (known := _vectors(one, questions.histories[:USERS]))
    ]
    return {f"index_recall@{K}": min(found)} if found else {}


def _vectors(model: ItemVectors, histories: list[History]) -> list[NDArray[np.float32]]:
    vectors = [model.vector(history) for history in histories]
    return [vector for vector in vectors if vector is not None]


def _asking(training: Training) -> int:
    """How many threads ask at once."""
    return min(training.options.threads or os.cpu_count() or 1, THREADS_MOST)


def _carried(bundle: Bundle, slot: SlotName, live: LiveBundle | None) -> CarriedOver | None:
    """The live model for the same questions, knowing of each user what it would know by now."""
    if live is None or slot not in live.bundle.slots:
        return None
    rows_here = rows_elsewhere(live.bundle.items, bundle.items)
    return CarriedOver(live.bundle.slots[slot], rows_here, len(bundle.items))


def _saw_test(training: Training, slot: SlotName, live: LiveBundle) -> bool:
    fitted_until = live.bundle.manifest.slots[slot].data_until
    return fitted_until > to_datetime(training.split.at_us)
