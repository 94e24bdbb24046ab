"""
One trial: a recipe fitted on what was not held back, judged by NDCG@20 of its own answers.
"""

import time

import numpy as np
from optuna.trial import Trial, TrialState

from trainers.errors import CatalogTooLarge, ModelDiverged
from trainers.evaluation.ranking import hits, ndcg
from trainers.recipes.blend import Ingredient

from .space import suggest
from .under_way import UnderWay

K = 20
HOPELESS = 0.95
"""A trial that is below this share of its recipe's best for the first users is given up."""


def judge(under_way: UnderWay, trial: Trial, recipe: str) -> tuple[float | None, TrialState]:
    began_s = time.process_time()
    try:
        part = Ingredient(recipe=recipe, weight=1.0, parameters=suggest(trial, recipe))
        model = under_way.fits.fit(part)
    except (ModelDiverged, CatalogTooLarge) as error:
        trial.set_user_attr("error", error.code)
        return None, TrialState.FAIL
    trial.set_user_attr("fit_s", round(time.process_time() - began_s, 3))
    held, values = under_way.held, np.empty(0)
    for step, some in enumerate(_fifths(len(held.histories))):
        answers = model.recommend(held.histories[some], K)
        relevant = held.relevant[some]
        counts = np.array([len(rows) for rows in relevant], dtype=np.int64)
        values = np.concatenate([values, ndcg(hits(answers, relevant, K), counts)])
        trial.report(float(values.mean()), step)
        if step == 0 and values.mean() < HOPELESS * under_way.first_users(recipe):
            return None, TrialState.PRUNED
    value = float(values.mean()) if len(values) else 0.0
    under_way.fits.keep(part, model, value)
    return value, TrialState.COMPLETE


def _fifths(count: int) -> list[slice]:
    """The first fifth, and the rest."""
    first = count // 5
    return [slice(0, first), slice(first, count)] if first else [slice(0, count)]
