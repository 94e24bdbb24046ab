"""The search: budgeted, resumable, and better than where it starts."""

import numpy as np
import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState
from scipy import sparse

from recommender_models.blend import Blend
from tests.conformance.test_recipes import no_data, world
from tests.trainers.datasets.made import interactions
from tests.worlds.long_tail import long_tail
from trainers.recipes.protocol import TrainingData
from trainers.recipes.table import RECIPES
from trainers.tuning.affordable import fit_cpu_s
from trainers.tuning.search import search
from trainers.tuning.space import STARTS, sought, start
from trainers.tuning.under_way import FULL_OVER_INNER, SearchParameters

TAIL = world(long_tail(users=150, items=100, events=4_000).interactions)


def searched(data=TAIL.data, said=None, **limits):
    told: list[str] = [] if said is None else said
    return search(data, SearchParameters(**limits), np.random.default_rng(1), told.append)


def kept(journal) -> list[optuna.trial.FrozenTrial]:
    storage = JournalStorage(JournalFileBackend(str(journal)))
    studies = optuna.get_all_study_summaries(storage)
    return optuna.load_study(study_name=studies[0].study_name, storage=storage).trials


def test_what_is_chosen_is_a_blend_whose_parameters_fit_it_again():
    model, chosen, trials = searched(trials=6)

    parameters = RECIPES["blend"].parameters.model_validate(chosen)
    assert isinstance(model, Blend)
    assert len(trials) == 6
    assert {one["recipe"] for one in trials} >= {part.recipe for part in parameters.parts}
    assert sum(part.weight for part in parameters.parts) == pytest.approx(1.0)
    assert len(model.recommend([TAIL.history(TAIL.users[0])], 5)[0].rows) == 5


def test_every_recipe_is_tried_before_any_is_tried_again(tmp_path):
    searched(trials=8, journal=tmp_path / "search.journal")

    recipes = [trial.params["recipe"] for trial in kept(tmp_path / "search.journal")]
    assert sorted(recipes[: len(STARTS)]) == sorted(recipe for recipe, _ in STARTS)
    assert len(recipes) == 8


def test_a_search_goes_on_from_its_journal(tmp_path):
    journal, said = tmp_path / "search.journal", []
    searched(trials=3, journal=journal)
    first = [(trial.number, trial.params, trial.value) for trial in kept(journal)]

    searched(trials=6, journal=journal, said=said)

    trials = kept(journal)
    assert [(trial.number, trial.params, trial.value) for trial in trials[:3]] == first
    assert len(trials) == 6
    assert said[0].startswith("going on after 3 trials")


def test_a_trial_that_a_kill_cut_off_is_no_trial(tmp_path):
    journal = tmp_path / "search.journal"
    searched(trials=2, journal=journal)
    storage = JournalStorage(JournalFileBackend(str(journal)))
    name = optuna.get_all_study_summaries(storage)[0].study_name
    optuna.load_study(study_name=name, storage=storage).ask()

    searched(trials=5, journal=journal)

    states = [trial.state for trial in kept(journal)]
    assert states[2] is TrialState.FAIL
    assert TrialState.RUNNING not in states
    assert len(states) == 5


def test_what_was_spent_before_a_kill_stays_spent(tmp_path):
    journal = tmp_path / "search.journal"
    searched(trials=3, journal=journal)
    costs = [trial.user_attrs for trial in kept(journal)]
    spent_s, last_fit_s = sum(one["cpu_s"] for one in costs), sum(one["fit_s"] for one in costs)
    enough_were_nothing_spent = spent_s + FULL_OVER_INNER * last_fit_s

    searched(trials=50, budget_s=enough_were_nothing_spent, journal=journal)

    assert len(kept(journal)) == 3


def test_another_log_does_not_go_on_from_this_ones_journal(tmp_path):
    journal, said = tmp_path / "search.journal", []
    searched(trials=2, journal=journal)
    other = world(long_tail(users=80, items=50, events=1_500).interactions)

    searched(other.data, trials=2, journal=journal, said=said)

    assert not [sentence for sentence in said if sentence.startswith("going on")]


def test_nothing_to_judge_by_leaves_the_defaults():
    model, chosen, _ = searched(no_data(3, 4), trials=3)

    assert chosen == RECIPES["blend"].parameters().model_dump(mode="json")
    assert isinstance(model, Blend)


def test_a_catalog_too_large_for_a_recipe_keeps_it_out_of_the_search():
    data = TrainingData(sparse.csr_matrix((2, 60_000), dtype=np.float32), 2, interactions(), 1)

    assert fit_cpu_s("ease", data) > 1_000
    assert fit_cpu_s("graph_filter", data) == 0


@pytest.mark.parametrize("recipe", [recipe for recipe, _ in STARTS])
def test_a_range_that_is_searched_is_one_that_is_allowed(recipe):
    parameters = RECIPES[recipe].parameters
    for end in ("low", "high"):
        values = {}
        for name, mark, is_whole in sought(recipe):
            value = getattr(mark, end)
            values[name] = int(value) if is_whole else value
            assert mark.low < mark.high
        assert parameters.model_validate(values)
    assert start(recipe, {})["recipe"] == recipe
