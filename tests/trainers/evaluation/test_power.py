"""The verdict against what is live is right nineteen times in twenty, with 2,000 users."""

import msgspec
import numpy as np
import pytest

from recommender_store.tenants.settings import GateSettings
from tests.trainers.evaluation.made import measurement
from tests.trainers.jobs.shop import shop
from tests.worlds.long_tail import long_tail
from trainers.evaluation.gates import Files, Rivals, judge
from trainers.jobs.options import TrainOptions

pytestmark = pytest.mark.slow

USERS, REPETITIONS, LOSS = 2_000, 100, 0.05
RIGHT = 95
SETTINGS = GateSettings()


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> dict[str, np.ndarray]:
    """NDCG@10 by user of three models of the long tail, measured as every training measures."""
    world = long_tail(users=1_500, items=200, events=30_000)
    trainee = shop(tmp_path_factory.mktemp("world") / "store", world.interactions)
    found = {}
    for name, options in (
        ("als", TrainOptions(threads=1)),
        ("als again", TrainOptions(threads=1, seed=1)),
        ("cosine", TrainOptions(threads=1, recipes=("for_you=cosine",))),
    ):
        for step in ("snapshot", "check", "fit:similar", "fit:for_you", "fit:popular", "measure"):
            trainee.step(step, name.replace(" ", "-"), options)
        found |= {name: by_user(trainee, name.replace(" ", "-"))}
    return found


def by_user(trainee, run_id: str) -> np.ndarray:
    folder = trainee.store.settings.cache_folder() / run_id
    runs = trainee.space.runs
    assert runs.files(run_id).fetch(folder, runs.get(run_id).kept())
    kept = msgspec.json.decode((folder / "measured" / "for_you.json").read_bytes())
    return np.array(kept["model_ndcg"])


def passed(model, current, seed: int) -> bool:
    """Against a popularity that nobody has to fear."""
    rivals = Rivals(measurement(np.zeros(len(model))), measurement(current))
    rng = np.random.default_rng([seed, 1])
    return judge("for_you", measurement(model), rivals, Files(), SETTINGS, rng).passed


def noise_of(measured, pair) -> np.ndarray:
    """How two models differ by user where neither is better."""
    one, other = (measured[name] for name in pair)
    return (other - one) - (other - one).mean()


def right_verdicts(measured, pair, change: float) -> int:
    """How often a model is let in that is better, or refused that is worse, by that share."""
    live, noise = measured[pair[0]], noise_of(measured, pair)
    right = 0
    for seed in range(REPETITIONS):
        users = np.random.default_rng(seed).integers(len(live), size=USERS)
        new = live[users] + noise[users] + change * live.mean()
        right += passed(new, live[users], seed) == (change > 0)
    return right


PAIRS = [("als", "als again"), ("cosine", "als")]


@pytest.mark.parametrize("pair", PAIRS, ids=["the same recipe", "another recipe"])
@pytest.mark.parametrize("change", [-LOSS, LOSS], ids=["worse", "better"])
def test_a_difference_of_5_percent_is_judged_right_19_times_in_20(measured, pair, change):
    assert right_verdicts(measured, pair, change) >= RIGHT


def test_a_model_that_fails_one_user_in_twenty_altogether_is_refused(measured):
    live, right = measured["als"], 0
    for seed in range(REPETITIONS):
        rng = np.random.default_rng(seed)
        current = rng.choice(live, USERS)
        right += not passed(np.where(rng.random(USERS) < LOSS, 0.0, current), current, seed)

    assert right >= RIGHT


def test_the_loss_that_the_gate_says_it_would_catch_is_caught_19_times_in_20(measured):
    live, noise = measured["als"], noise_of(measured, PAIRS[0])
    caught = 0
    for seed in range(REPETITIONS):
        users = np.random.default_rng(seed).integers(len(live), size=USERS)
        rivals = Rivals(measurement(np.zeros(USERS)), measurement(live[users]))
        even = measurement(live[users] + noise[users])
        said = judge("for_you", even, rivals, Files(), SETTINGS, np.random.default_rng(seed))
        loss = said.figures["smallest_visible_loss"]
        caught += not passed(live[users] + noise[users] - loss, live[users], seed)

    assert caught >= 90
