"""
What would have come of it, in a world where that is known.

Users of four tastes are shown one of five items; how much each taste likes each item is known, and
so is what any way of choosing earns.
"""

from typing import NamedTuple

import numpy as np
import pytest

from trainers.evaluation.off_policy import Expected, Exposures, WhatIf, effective_places, what_if

TASTES, ITEMS = 4, 5
LIKED = np.random.default_rng(7).uniform(0.02, 0.6, size=(TASTES, ITEMS))
"""[tastes, items]: the probability of a click."""


def choosing(keenness: float) -> np.ndarray:
    """[tastes, items] what to show: by chance at 0, what is liked above, what is not below."""
    raw = np.exp(keenness * LIKED)
    return raw / raw.sum(axis=1, keepdims=True)


LOGGED, KEEN = choosing(0), choosing(4)
TRUTH = float((KEEN * LIKED).sum(axis=1).mean())


class World(NamedTuple):
    shown: Exposures
    taste: np.ndarray
    item: np.ndarray

    def expecting(self, liked: np.ndarray) -> Expected:
        return Expected(liked[self.taste, self.item], (KEEN * liked).sum(axis=1)[self.taste])


def world(seed: int, users: int = 400, places: int = 5, logged=LOGGED, target=KEEN) -> World:
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(users), places)
    taste = np.repeat(rng.integers(0, TASTES, users), places)
    steps = logged[taste].cumsum(axis=1)
    item = (rng.random(len(owner))[:, None] > steps[:, :-1]).sum(axis=1)
    reward = (rng.random(len(owner)) < LIKED[taste, item]).astype(float)
    shown = Exposures(reward, logged[taste, item], target[taste, item], owner)
    return World(shown, taste, item)


def answered(it: World, liked=None, seed: int = 0) -> WhatIf:
    expected = None if liked is None else it.expecting(liked)
    return what_if(it.shown, expected, 0.95, np.random.default_rng(seed))


def repeated(times: int = 60, **made) -> list[WhatIf]:
    """The expectations of doubly robust are wrong: half of what is true, the items mixed up."""
    return [answered(world(seed, **made), LIKED[:, ::-1] / 2, seed) for seed in range(times)]


def test_every_estimate_is_right_on_the_average_and_covered_by_its_interval():
    found = repeated()

    for name in ("ips", "snips", "dr"):
        means = np.array([one.estimates[name].mean for one in found])
        error = means.std(ddof=1) / np.sqrt(len(means))
        assert abs(means.mean() - TRUTH) < 3.5 * error, name
        covered = [one.estimates[name].low <= TRUTH <= one.estimates[name].high for one in found]
        assert np.mean(covered) > 0.85, name


def test_what_was_logged_is_not_what_would_have_come_of_it():
    found = answered(world(1))

    assert found.estimates["logged"].high < TRUTH
    assert found.refusal is None
    assert set(found.estimates) == {"logged", "ips", "snips"}


def test_self_normalised_and_doubly_robust_estimates_vary_less():
    plain = repeated()
    informed = [answered(world(seed), LIKED, seed) for seed in range(60)]

    def spread(found, name):
        return np.std([one.estimates[name].mean for one in found])

    assert spread(plain, "snips") < spread(plain, "ips")
    assert spread(informed, "dr") < spread(informed, "snips")


def test_doubly_robust_forgives_wrong_propensities_where_expectations_are_right():
    found = []
    for seed in range(40):
        it = world(seed)
        wrong = it.shown._replace(propensity=it.shown.propensity * 1.08)
        found.append(answered(it._replace(shown=wrong), LIKED, seed))

    means = {name: np.mean([one.estimates[name].mean for one in found]) for name in ("ips", "dr")}
    assert abs(means["dr"] - TRUTH) < 0.01 < abs(means["ips"] - TRUTH)


def test_the_same_choice_as_the_log_s_is_answered_with_what_was_logged():
    found = answered(world(3, target=LOGGED))

    assert found.estimates["ips"] == found.estimates["snips"] == found.estimates["logged"]
    assert found.effective == found.places == 2_000
    assert found.mean_weight == (1, 1, 1)


def test_places_of_one_user_are_drawn_together():
    """Whoever is shown the same twenty times is not twenty users."""
    it = world(5, users=100, places=1)
    twenty = Exposures(*(np.repeat(values, 20) for values in it.shown))

    once, often = (
        what_if(shown, None, 0.95, np.random.default_rng(0), minimum_effective=1).estimates["ips"]
        for shown in (it.shown, twenty)
    )

    assert often == pytest.approx(once)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"propensity": np.nan}, "1 of 2000 places have no propensity"),
        ({"propensity": 0.0}, "no probability above 0"),
        ({"propensity": 1.2}, "no probability above 0"),
        ({"reward": np.inf}, "a reward that is no number"),
        ({"target": -0.1}, "a probability that is none"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_sentence(changed, says):
    it = world(2)
    for name, value in changed.items():
        getattr(it.shown, name)[7] = value

    found = answered(it)

    assert says in found.refusal
    assert not found.estimates


def test_a_log_without_exposures_or_of_few_users_is_refused():
    nothing = Exposures(*(np.empty(0) for _ in range(3)), np.empty(0, dtype=np.int64))

    assert "no exposure" in answered(World(nothing, nothing.owner, nothing.owner)).refusal
    assert "19 users only" in answered(world(2, users=19, places=50)).refusal


def test_too_few_places_that_count_are_refused():
    """The log shows by chance; the other one always the same item, and there are few places."""
    always = np.zeros((TASTES, ITEMS))
    always[:, 2] = 1.0

    found = answered(world(2, users=60, places=2, target=always))

    assert found.effective < 60
    assert "count in effect, 100 are needed" in found.refusal


def test_a_log_that_never_shows_what_would_be_shown_is_refused():
    narrow = np.zeros((TASTES, ITEMS))
    narrow[:, :2] = 0.5

    found = answered(world(2, logged=narrow))

    assert "can never be seen in this log" in found.refusal
    assert found.mean_weight.high < 0.9
    assert not found.estimates


def test_places_count_in_effect_as_evenly_as_they_are_weighed():
    assert effective_places(np.ones(8)) == 8
    assert effective_places(np.array([1.0, 0, 0, 0])) == 1
    assert effective_places(np.zeros(3)) == 0
