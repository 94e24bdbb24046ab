"""ALS: a folded-in user gets the vector that a fitted one has."""

from dataclasses import replace

import numpy as np
import pytest

from tests.conformance.test_recipes import fitted, world
from tests.worlds.long_tail import long_tail
from trainers.errors import ModelDiverged, ParameterInvalid
from trainers.recipes import als
from trainers.recipes.protocol import Start, TrainingData
from trainers.recipes.table import parameters_of

TAIL = world(long_tail(users=120, items=100, events=3_000).interactions)


def test_a_stored_vector_is_the_one_that_the_same_history_folds_in_to():
    model = fitted("als", TAIL.data, factors=16)

    for row, user in enumerate(TAIL.users):
        history = TAIL.history(user)
        folded_in = model.fold_in(history.rows, history.weights)
        stored = np.asarray(model._user_factors[row])
        assert folded_in == pytest.approx(stored, rel=2e-3, abs=2e-4)


def test_blocks_of_users_are_solved_like_all_at_once(monkeypatch):
    whole = fitted("als", TAIL.data, factors=8)

    monkeypatch.setattr(als, "BLOCK", 7)

    parts = fitted("als", TAIL.data, factors=8)
    assert np.asarray(parts._user_factors).tolist() == np.asarray(whole._user_factors).tolist()


def test_an_item_that_nobody_touched_has_no_vector_and_is_never_recommended():
    matrix = TAIL.data.matrix.tolil()
    matrix[:, 13] = 0
    data = TrainingData(matrix.tocsr(), len(TAIL.users), TAIL.data.interactions, 1)

    model = fitted("als", data, factors=8)

    assert not model.item_factors[13].any()
    assert 13 not in model.recommend([TAIL.history(TAIL.users[0])], 100)[0].rows


def test_visits_beside_users_do_not_blur_their_tastes():
    users = 100
    beside = TrainingData(TAIL.data.matrix, users, TAIL.data.interactions, 1)
    alone = TrainingData(TAIL.data.matrix[:users], users, TAIL.data.interactions, 1)

    models = [fitted("als", data, factors=8) for data in (beside, alone)]

    assert models[0].item_factors.tolist() == models[1].item_factors.tolist()


def test_a_fit_that_ends_in_no_numbers_is_no_model():
    with pytest.raises(ModelDiverged, match="regularization") as diverged:
        fitted("als", TAIL.data, alpha=1e30)

    assert diverged.value.code == "model_diverged"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"factors": 3}, "factors"),
        ({"regularization": 0}, "regularization"),
        ({"alpha": 0}, "alpha"),
        ({"iterations": 0}, "iterations"),
        ({"alpha": float("nan")}, "alpha"),
        ({"faktors": 8}, "faktors"),
    ],
)
def test_a_parameter_out_of_its_range_is_named(given, says):
    with pytest.raises(ParameterInvalid, match=says) as refused:
        parameters_of("als", given)

    assert refused.value.code == "parameter_invalid"


def test_a_fit_that_goes_on_from_another_is_nearer_to_its_end_than_one_from_nothing():
    """After one iteration more the vectors are those of as many iterations from nothing."""
    long, short = (fitted("als", TAIL.data, factors=8, iterations=n) for n in (15, 1))
    start = Start(np.asarray(long.item_factors), np.asarray(long._user_factors))
    data = replace(TAIL.data, starts={"": start})

    warm = fitted("als", data, factors=8, warm_iterations=1)

    assert far(warm, long) < far(short, long) / 5
    again = fitted("als", data, factors=8, warm_iterations=1)
    assert warm.item_factors.tolist() == again.item_factors.tolist()


def far(one, other):
    return float(np.abs(one.item_factors - other.item_factors).mean())


def test_what_an_earlier_fit_did_not_know_is_learned_beside():
    cold = fitted("als", TAIL.data, factors=8)
    items = np.asarray(cold.item_factors).copy()
    items[:10] = 0
    start = Start(items, np.zeros_like(cold._user_factors))

    warm = fitted("als", replace(TAIL.data, starts={"": start}), factors=8)

    assert warm.item_factors[:10].any(axis=1).all()
    assert not start.item_factors[:10].any()
