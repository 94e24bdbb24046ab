"""The bootstrap interval is as sure as it says."""

import numpy as np
import pytest

from trainers.evaluation import uncertainty
from trainers.evaluation.uncertainty import (
    Doubt,
    bootstrap_loss,
    bootstrap_mean,
    smallest_visible_loss,
)

DOUBT = Doubt(margin=0.02, confidence=0.95, likely=0.6)


def rng(seed=1):
    return np.random.default_rng(seed)


def test_an_interval_of_95_percent_holds_the_truth_about_19_times_in_20():
    repetitions, held = 300, 0
    for seed in range(repetitions):
        sample = rng(seed).exponential(size=120) - 1.0
        interval = bootstrap_mean(sample, 0.95, rng(seed + 10_000))
        held += interval.low <= 0 <= interval.high

    assert 0.90 <= held / repetitions <= 0.98


def test_an_interval_agrees_with_the_normal_one_where_that_is_right():
    sample = rng().normal(2.0, 3.0, size=2_000)
    spread = 1.96 * sample.std() / np.sqrt(len(sample))

    interval = bootstrap_mean(sample, 0.95, rng())

    assert interval.mean == sample.mean()
    assert interval.low == pytest.approx(sample.mean() - spread, abs=0.02)
    assert interval.high == pytest.approx(sample.mean() + spread, abs=0.02)


def test_more_confidence_is_a_wider_interval():
    sample = rng().normal(size=100)

    narrow, wide = (bootstrap_mean(sample, confidence, rng()) for confidence in (0.8, 0.99))

    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high


def test_differences_of_the_same_users_show_what_two_intervals_would_hide():
    users = rng().normal(0.3, 0.2, size=200)
    better = users + rng(2).normal(0.01, 0.02, size=200)

    paired = bootstrap_mean(better - users, 0.95, rng())
    apart = [bootstrap_mean(values, 0.95, rng()) for values in (users, better)]

    assert paired.low > 0
    assert apart[1].low < apart[0].high


def test_the_draws_do_not_depend_on_how_many_fit_in_memory(monkeypatch):
    sample = rng().normal(size=50)
    at_once = bootstrap_mean(sample, 0.9, rng())

    monkeypatch.setattr(uncertainty, "_BLOCK", 50 * 7)

    assert bootstrap_mean(sample, 0.9, rng()) == at_once


def test_one_user_and_equal_users_leave_no_doubt_and_none_leaves_no_figure():
    assert bootstrap_mean(np.array([0.5]), 0.95, rng()) == (0.5, 0.5, 0.5)
    assert bootstrap_mean(np.full(9, 0.25), 0.95, rng()) == (0.25, 0.25, 0.25)
    assert np.isnan(bootstrap_mean(np.empty(0), 0.95, rng())).all()


def test_a_loss_shows_the_sooner_the_more_users_are_asked():
    few, many = (smallest_visible_loss(rng().normal(size=n), DOUBT, rng()) for n in (30, 3_000))

    assert 0 < many < few / 5


@pytest.mark.parametrize(
    ("mean", "spread", "is_loss"),
    [
        (0.0, 0.0, False),
        (-0.001, 0.0, True),
        (-0.001, 0.05, False),
        (-0.01, 0.05, True),
        (0.0, 1.0, False),
        (-0.03, 1.0, True),
        (0.03, 1.0, False),
    ],
    ids=[
        "equal",
        "proven, however small",
        "within the margin, not proven",
        "proven",
        "no telling, looks even",
        "no telling, looks worse",
        "no telling, looks better",
    ],
)
def test_what_is_a_loss_depends_on_what_the_users_at_hand_can_rule_out(mean, spread, is_loss):
    noise = rng().normal(size=2_000)
    differences = mean + spread * (noise - noise.mean())

    assert bootstrap_loss(differences, DOUBT, rng())[1] == is_loss


@pytest.mark.parametrize(("mean", "is_loss"), [(-0.001, False), (-0.003, True)])
def test_a_proven_loss_that_is_trivial_is_none(mean, is_loss):
    noise = 0.01 * rng().normal(size=2_000)
    differences = mean + noise - noise.mean()

    found, refused = bootstrap_loss(differences, DOUBT._replace(trivial=0.002), rng())

    assert found.high < 0
    assert refused == is_loss


def test_what_is_trivial_need_not_show():
    noise = 0.01 * rng().normal(size=2_000)
    strict, lenient = (
        smallest_visible_loss(noise, DOUBT._replace(trivial=trivial), rng())
        for trivial in (0.0, 0.002)
    )

    assert lenient == pytest.approx(strict + 0.002)


@pytest.mark.parametrize("differences", [np.empty(0), np.array([0.5, np.nan])])
def test_what_is_no_number_is_a_loss(differences):
    assert bootstrap_loss(differences, DOUBT, rng())[1]
