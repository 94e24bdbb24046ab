"""
One trial: a recipe fitted on what was not held back, judged by NDCG@20 of its own answers.
"""

import time
from typing import Any

import numpy as np
from optuna.trial import Trial, TrialState

from recommender_models.blend import PartModel
from trainers.errors import CatalogTooLarge, ModelDiverged
from trainers.evaluation.ranking import hits, ndcg
from trainers.recipes.table import RECIPES

from .space import suggest
from .under_way import UnderWay

K = 20
HOPELESS = 0.95
"""A trial that is below this share of its recipe's best for the first users is given up."""


def judge(under_way: UnderWay, trial: Trial, recipe: str) -> tuple[float | None, TrialState]:
    began_s = time.process_time()
    try:
        model = fitted(under_way, recipe, suggest(trial, recipe))
    except (ModelDiverged, CatalogTooLarge) as error:
        trial.set_user_attr("error", error.code)
        return None, TrialState.FAIL
    trial.set_user_attr("fit_s", round(time.process_time() - began_s, 3))
    held, values = under_way.held, np.empty(0)
    for step, part in enumerate(_fifths(len(held.histories))):
        answers = model.recommend(held.histories[part], K)
        relevant = held.relevant[part]
        counts = np.array([len(rows) for rows in relevant], dtype=np.int64)
        values = np.concatenate([values, ndcg(hits(answers, relevant, K), counts)])
        trial.report(float(values.mean()), step)
        if step == 0 and values.mean() < HOPELESS * under_way.first_users(recipe):
            return None, TrialState.PRUNED
    value = float(values.mean()) if len(values) else 0.0
    if value >= under_way.models.get(recipe, (value, None))[0]:
        under_way.models[recipe] = (value, model)
    return value, TrialState.COMPLETE


def fitted(under_way: UnderWay, recipe: str, given: dict[str, Any]) -> PartModel:
    parameters = RECIPES[recipe].parameters.model_validate(given)
    rng = np.random.default_rng(under_way.seed)
    model = RECIPES[recipe].fit(under_way.held.data, parameters, lambda *_: None, rng)
    assert isinstance(model, PartModel)  # noqa: S101 - only what can be blended is searched
    return model


def _fifths(count: int) -> list[slice]:
    """The first fifth, and the rest."""
    first = count // 5
    return [slice(0, first), slice(first, count)] if first else [slice(0, count)]
