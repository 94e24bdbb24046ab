"""
The search: recipes and their parameters tried on an inner split, the best few blended.

Optuna proposes (TPE: Bergstra et al., NeurIPS 2011); every trial is fitted on what was not held
back and judged by NDCG@20 of its own answers. A trial that is poor for the first users is not asked
by the others. The budget is in CPU-seconds of this process, all its threads counted; enough of it
is kept back for fitting what was chosen on everything. With a journal, a killed search goes on
where it was: its trials are not run again, and what they cost stays spent.

What is chosen depends on how far the budget reaches, and so on the machine; what was chosen is told
as parameters of the recipe `blend`, which fit again to the same model anywhere.
"""

import hashlib
import time
import warnings
from typing import Any, NamedTuple

import numpy as np
import optuna
from optuna.storages import BaseStorage, InMemoryStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from recommender_models.blend import Blend
from trainers.recipes.blend import BlendParameters, Ingredient
from trainers.recipes.protocol import TrainingData
from trainers.recipes.table import RECIPES

from .affordable import fit_cpu_s
from .decision import decide
from .holding_back import hold_back
from .space import STARTS, start
from .trial import K, judge
from .under_way import Report, SearchParameters, UnderWay, parameters_of
from .weights import learn, stack

LARGEST_SHARE = 0.12
"""Of the budget, that one trial may take: a blend of several beats one that ate it all."""


class Found(NamedTuple):
    """What a search chose."""

    model: Blend
    """Fitted on everything."""
    parameters: dict[str, Any]
    """Of the recipe `blend`."""
    trials: list[dict[str, Any]]
    """Recipe, value (NDCG@20, None where it was given up), CPU-seconds and parameters of each."""


def search(
    data: TrainingData, limits: SearchParameters, rng: np.random.Generator, report: Report
) -> Found:
    """Choose within the limits, and fit what was chosen."""
    seed = int(rng.integers(2**31))
    rng = np.random.default_rng(seed)
    held, fresh = hold_back(data, rng).shared_out(limits.users, rng)
    under_way = UnderWay(held, limits, seed, _study(data, limits, seed), report)
    _resume(under_way)
    affordable = _affordable(data, limits)
    while held.histories and _goes_on(under_way):
        _one_trial(under_way, affordable)
    parameters = decide(_blended(under_way), under_way.fits, fresh, report)
    report(f"chosen: {parameters.model_dump_json()}")
    model = RECIPES["blend"].fit(data, parameters, lambda *_: None, np.random.default_rng(seed))
    assert isinstance(model, Blend)  # noqa: S101 - what the recipe fits, for the types
    return Found(model, parameters.model_dump(mode="json"), _told(under_way))


def _told(under_way: UnderWay) -> list[dict[str, Any]]:
    return [
        {
            "recipe": trial.params["recipe"],
            "value": trial.value if trial.state is TrialState.COMPLETE else None,
            "cpu_s": trial.user_attrs.get("cpu_s"),
            "parameters": parameters_of(trial),
        }
        for trial in under_way.study.trials
        if "recipe" in trial.params
    ]


def _study(data: TrainingData, limits: SearchParameters, seed: int) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage: BaseStorage = InMemoryStorage()
    if limits.journal is not None:
        limits.journal.parent.mkdir(parents=True, exist_ok=True)
        storage = JournalStorage(JournalFileBackend(str(limits.journal)))
    digest = hashlib.sha256(data.matrix.indptr.tobytes() + data.matrix.indices.tobytes())
    return optuna.create_study(
        storage=storage,
        # Of the data and the seed: the journal of another log is not taken for this one's.
        study_name=f"{digest.hexdigest()[:16]}-{seed}",
        direction="maximize",
        load_if_exists=True,
    )


def _resume(under_way: UnderWay) -> None:
    """Count what earlier trials cost; one that was cut off is no trial."""
    study = under_way.study
    for trial in study.trials:
        if trial.state is TrialState.RUNNING:
            study.tell(trial.number, state=TrialState.FAIL)
        under_way.spent_before_s += trial.user_attrs.get("cpu_s", 0.0)
    if study.trials:
        under_way.report(
            f"going on after {len(study.trials)} trials, {under_way.spent_before_s:.0f} CPU-seconds"
        )


def _affordable(data: TrainingData, limits: SearchParameters) -> list[str]:
    """Recipes of which one fit is but a small part of the budget."""
    return [
        recipe for recipe, _ in STARTS if fit_cpu_s(recipe, data) <= LARGEST_SHARE * limits.budget_s
    ]


def _goes_on(under_way: UnderWay) -> bool:
    done = under_way.done()
    if not done:
        return len(under_way.study.trials) < len(STARTS)
    usual_s = float(np.median([one.user_attrs["cpu_s"] for one in done]))
    enough = under_way.left_s > 2 * usual_s
    return enough and len(under_way.study.trials) < under_way.limits.trials


def _one_trial(under_way: UnderWay, affordable: list[str]) -> None:
    study, began_s = under_way.study, time.process_time()
    tried = len(study.trials)
    starts = [(recipe, given) for recipe, given in STARTS if recipe in affordable]
    with warnings.catch_warnings():
        # Grouped and multivariate sampling are marked experimental since 2020.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.sampler = optuna.samplers.TPESampler(
            seed=under_way.seed + tried,
            multivariate=True,
            group=True,
            n_startup_trials=len(starts),
        )
    first = start(*starts[tried]) if tried < len(starts) else {"recipe": under_way.turn()}
    study.enqueue_trial(first)
    trial = study.ask()
    recipe = trial.suggest_categorical("recipe", affordable)
    value, state = judge(under_way, trial, recipe)
    cpu_s = time.process_time() - began_s
    trial.set_user_attr("cpu_s", round(cpu_s, 3))
    study.tell(trial, value, state)
    shown = state.name.lower() if value is None else f"NDCG@{K} {value:.4f}"
    under_way.report(
        f"trial {trial.number}: {recipe} {trial.params} {shown}, {cpu_s:.0f} CPU-seconds, "
        f"{max(under_way.left_s, 0):.0f} left"
    )


def _blended(under_way: UnderWay) -> BlendParameters:
    """The best trials with learned weights; the defaults where nothing could be tried."""
    chosen = under_way.chosen()
    if not chosen or not under_way.held.histories:
        return BlendParameters()
    parts = [
        Ingredient(recipe=one.params["recipe"], weight=1.0, parameters=parameters_of(one))
        for one in chosen
    ]
    blend = under_way.fits.blend(BlendParameters(parts=tuple(parts)))
    weights = learn(stack(blend, under_way.held), np.random.default_rng(under_way.seed))
    weighed = [
        part.model_copy(update={"weight": float(weight)})
        for part, weight in zip(parts, weights, strict=True)
        if weight > 0
    ]
    return BlendParameters(parts=tuple(weighed))
