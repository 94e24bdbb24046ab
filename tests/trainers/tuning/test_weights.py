"""Weights of a blend, learned from held-back items."""

import numpy as np
import pytest

from recommender_models.blend import Blend
from tests.recommender_models.made import history, neighbour_lists
from trainers.recipes.protocol import TrainingData
from trainers.tuning.holding_back import HeldBack
from trainers.tuning.weights import Stacked, learn, quality, stack

USERS, CANDIDATES = 200, 40


def chance() -> np.random.Generator:
    return np.random.default_rng(3)


def stacked(*clarity: float) -> Stacked:
    """One right item a user; a part's scores are noise, and the truth as clear as is said."""
    rng = np.random.default_rng(1)
    is_right = np.zeros((USERS, CANDIDATES), dtype=bool)
    is_right[np.arange(USERS), rng.integers(0, CANDIDATES, USERS)] = True
    noise = rng.normal(size=(USERS, len(clarity), CANDIDATES))
    scores = noise + np.array(clarity)[None, :, None] * is_right[:, None, :]
    return Stacked(scores.astype(np.float32), is_right, np.ones(USERS, dtype=np.int64))


def test_a_part_that_knows_nothing_ends_with_hardly_any_weight():
    weights = learn(stacked(2.0, 0.0), chance())

    assert weights.sum() == pytest.approx(1.0)
    assert weights[1] < 0.2 * weights[0]


def test_two_parts_that_know_as_much_are_better_together_and_weigh_alike():
    parts = stacked(1.5, 1.5)

    weights = learn(parts, chance())

    assert quality(parts, weights) > max(quality(parts, one) for one in np.eye(2))
    assert weights == pytest.approx([0.5, 0.5], abs=0.2)


def test_one_part_weighs_everything():
    assert learn(stacked(1.0), chance()).tolist() == [1.0]


def test_quality_is_that_of_the_blend_itself():
    models = [neighbour_lists(seed=1), neighbour_lists(seed=2)]
    histories = [history(user, user + 5, excluded=(user,)) for user in range(20)]
    relevant = [np.array([(user * 7) % 30, (user * 3) % 30], dtype=np.int32) for user in range(20)]
    held = HeldBack(TrainingData(None, 0, None, 0), histories, relevant)

    found = quality(stack(Blend(models, [1, 1]), held), np.array([0.3, 0.7]))

    gains = []
    for one, right in zip(histories, relevant, strict=True):
        answer = Blend(models, [0.3, 0.7]).recommend([one], 20)[0].rows
        discounts = 1 / np.log2(np.arange(len(answer)) + 2)
        ideal = (1 / np.log2(np.arange(len(right)) + 2)).sum()
        gains.append(discounts[np.isin(answer, right)].sum() / ideal)
    assert found == pytest.approx(np.mean(gains), abs=1e-6)
