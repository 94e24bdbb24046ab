"""BPR: pairs of an item taken and one not taken, learned on one thread."""

import numpy as np
import pytest

from tests.conformance.test_recipes import fitted, world
from tests.worlds.long_tail import long_tail
from trainers.errors import ModelDiverged, ParameterInvalid
from trainers.recipes.protocol import TrainingData
from trainers.recipes.table import parameters_of

TAIL = world(long_tail(users=120, items=100, events=3_000).interactions)


def test_another_seed_gives_another_model_and_the_same_seed_the_same():
    first, again, other = (fitted("bpr", TAIL.data, seed=seed) for seed in (1, 1, 2))

    assert first.item_factors.tolist() == again.item_factors.tolist()
    assert first.item_factors.tolist() != other.item_factors.tolist()


def test_what_many_have_gets_a_greater_bias_than_what_few_have():
    people = np.asarray((TAIL.data.matrix > 0).sum(axis=0)).ravel()
    order = np.argsort(people, kind="stable")

    biases = fitted("bpr", TAIL.data).item_factors[:, -1]

    assert biases[order[-20:]].mean() > biases[order[:20]].mean()


def test_an_item_that_nobody_touched_has_no_vector_and_is_never_recommended():
    matrix = TAIL.data.matrix.tolil()
    matrix[:, 13] = 0
    data = TrainingData(matrix.tocsr(), len(TAIL.users), TAIL.data.interactions, 1)

    model = fitted("bpr", data)

    assert not model.item_factors[13].any()
    assert 13 not in model.recommend([TAIL.history(TAIL.users[0])], 100)[0].rows


def test_visits_beside_users_do_not_blur_their_tastes():
    users = 100
    beside = TrainingData(TAIL.data.matrix, users, TAIL.data.interactions, 1)
    alone = TrainingData(TAIL.data.matrix[:users], users, TAIL.data.interactions, 1)

    models = [fitted("bpr", data) for data in (beside, alone)]

    assert models[0].item_factors.tolist() == models[1].item_factors.tolist()


def test_a_fit_that_ends_in_no_numbers_is_no_model():
    with pytest.raises(ModelDiverged, match="regularization") as diverged:
        fitted("bpr", TAIL.data, learning_rate=1, regularization=0, iterations=1000)

    assert diverged.value.code == "model_diverged"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"factors": 3}, "factors .* 4"),
        ({"learning_rate": 0}, "learning_rate .* 0"),
        ({"learning_rate": 1.5}, "learning_rate .* 1"),
        ({"regularization": -1}, "regularization .* 0"),
        ({"iterations": 0}, "iterations .* 1"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"alpha": 8}, "alpha"),
    ],
)
def test_a_parameter_out_of_its_range_is_named_with_the_range(given, says):
    with pytest.raises(ParameterInvalid, match=says) as refused:
        parameters_of("bpr", given)

    assert refused.value.code == "parameter_invalid"
