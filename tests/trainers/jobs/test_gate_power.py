"""
The gate's verdict on the long tail, from what a training measured of 2,000 users to the sentence:
right nineteen times in twenty.
"""

import re

import numpy as np
import pytest

from recommender_store.artifacts.manifest import Verdict
from tests.trainers.jobs.shop import Shop, shop
from tests.worlds.long_tail import long_tail
from trainers.evaluation.gates import Files
from trainers.jobs import gating
from trainers.jobs.engines import ThisMachine
from trainers.jobs.measuring import Measured
from trainers.jobs.options import Silence, TrainOptions
from trainers.jobs.training import Order, Training
from trainers.jobs.workbench import opened_workbench

pytestmark = pytest.mark.slow

USERS, REPETITIONS, CHANGE, RIGHT = 2_000, 100, 0.05, 95
BEFORE_THE_GATE = ("snapshot", "check", "fit:similar", "fit:for_you", "fit:popular", "measure")
DEFAULTS = {"gate": {}, "training": {"warm_start": False}}


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A tenant whose live model is ALS, and another fit of it, measured beside popularity too."""
    world = long_tail(users=6_000, items=800, events=150_000)
    trainee = shop(tmp_path_factory.mktemp("world") / "store", world.interactions, **DEFAULTS)
    assert trainee.train().status == "promoted"
    again = TrainOptions(threads=1, seed=1)
    for step in BEFORE_THE_GATE:
        trainee.step(step, "again", again)
    files, run = trainee.space.runs.files("again"), trainee.space.runs.get("again")
    with opened_workbench("again", files) as bench:
        bench.restore(run.steps)
        yield trainee, bench, bench.read("measured/for_you", Measured, needs="measure")


def verdict(measured, change: float, seed: int) -> Verdict:
    """Of the gate, on 2,000 of the users, with so much of their NDCG planted or taken away."""
    trainee, bench, said = measured
    rng = np.random.default_rng(seed)
    users = rng.choice(len(said.model_ndcg), USERS, replace=False)
    live, fresh = (np.array(one)[users] for one in (said.current_ndcg, said.model_ndcg))
    planted = changed(fresh, live.mean() * (1 + change), rng)
    bench.write(
        "measured/for_you",
        Measured(
            model=said.model | {"ndcg@10": float(planted.mean())},
            popularity=said.popularity,
            current=said.current | {"ndcg@10": float(live.mean())},
            model_ndcg=planted.tolist(),
            popularity_ndcg=np.array(said.popularity_ndcg)[users].tolist(),
            current_ndcg=live.tolist(),
            current_saw_test=said.current_saw_test,
            questions=USERS,
            relevant_unknown_share=said.relevant_unknown_share,
        ),
    )
    return gating._judge(training_of(trainee, bench, seed), "for_you", Files())


def training_of(trainee: Shop, bench, seed: int) -> Training:
    options = TrainOptions(threads=1, seed=seed)
    order = Order(trainee.space, trainee.space.settings(), options, trainee.store.cache, Silence())
    return Training(order, bench, ThisMachine(), trainee.space.runs.get("again").started_at)


def changed(ndcg: np.ndarray, wanted: float, rng: np.random.Generator) -> np.ndarray:
    """Users by chance lose all they had, or are given the best answer, until the mean is that."""
    worst_or_best = 0.0 if wanted < ndcg.mean() else 1.0
    order = rng.permutation(len(ndcg))
    steps = np.cumsum(worst_or_best - ndcg[order]) / len(ndcg)
    enough = int(np.searchsorted(np.abs(steps), abs(wanted - ndcg.mean()))) + 1
    planted = ndcg.copy()
    planted[order[:enough]] = worst_or_best
    return planted


def test_there_are_enough_users_and_both_fits_are_about_as_good(measured):
    said = measured[2]

    assert len(said.model_ndcg) >= USERS
    assert np.mean(said.model_ndcg) == pytest.approx(np.mean(said.current_ndcg), rel=CHANGE)


@pytest.mark.parametrize("change", [-CHANGE, CHANGE], ids=["worse", "better"])
def test_what_is_5_percent_worse_is_refused_and_what_is_better_passes(measured, change):
    verdicts = [verdict(measured, change, seed) for seed in range(REPETITIONS)]

    assert sum(one.passed == (change > 0) for one in verdicts) >= RIGHT
    if change < 0:
        refused = [one for one in verdicts if not one.passed]
        assert all("the live model" in one.sentence for one in refused)


def test_the_gate_prints_the_smallest_loss_that_it_would_catch_with_the_users_at_hand(measured):
    said = verdict(measured, CHANGE, 0)

    visible = float(said.figures["smallest_visible_loss"])
    printed = re.search(r"a loss of (0\.\d+) \((\d+\.\d)%\) or more would be caught", said.sentence)
    assert printed is not None
    assert float(printed[1]) == pytest.approx(visible, abs=1e-4)
    assert 0 < float(printed[2]) / 100 < 2 * CHANGE
