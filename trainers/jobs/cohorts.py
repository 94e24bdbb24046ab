"""
Which cohorts a slot's questions are measured by.
"""

import numpy as np

from recommender_models.protocol import Rows
from recommender_store.artifacts.manifest import SlotName
from trainers.datasets.questions import Questions
from trainers.evaluation.cohorts import Cohort, attribute_cohorts, item_cohorts, user_cohorts
from trainers.evaluation.past import Past

from .training import Training


def slot_cohorts(
    training: Training, slot: SlotName, questions: Questions, past: Past
) -> list[Cohort]:
    """Of users where users are asked; of items always; of an attribute where the tenant says so."""
    cohorts = item_cohorts(past, training.split.train)
    if slot == "for_you":
        cohorts = user_cohorts(past, len(training.snapshot.users)) + cohorts
    attribute = training.settings.training.cohort_attribute
    if attribute is not None:
        items = len(training.snapshot.items)
        rows = _rows_by_value(training, attribute)
        cohorts += attribute_cohorts(attribute, rows, questions, items)
    return cohorts


def _rows_by_value(training: Training, attribute: str) -> dict[str, Rows]:
    """Rows of the items that have each value; of a list each of its values counts."""
    rows: dict[str, list[int]] = {}
    for item_id, item in training.space.catalog.state():
        value, row = item.fields.get(attribute), training.snapshot.items.row(item_id)
        if value is None or row < 0:
            continue
        for one in value if isinstance(value, list | tuple) else [value]:
            name = str(one).lower() if isinstance(one, bool) else str(one)
            rows.setdefault(name, []).append(row)
    return {value: np.array(found, dtype=np.int32) for value, found in rows.items()}
