"""What comes next: forward in time, the near ones first."""

import numpy as np
import pytest

from tests.trainers.datasets.made import interactions
from tests.worlds.paths_and_pairs import paths_and_pairs
from trainers.recipes.protocol import TrainingData
from trainers.recipes.transitions import Transitions


def data(*visits: tuple[int, ...], items: int = 10) -> TrainingData:
    rows = [
        (user, item, 1_000 * user + at)
        for user, visit in enumerate(visits)
        for at, item in enumerate(visit)
    ]
    log = interactions(*rows)
    return TrainingData(log.matrix((len(visits), items)), len(visits), log, until_us=10**6)


def after(item: int, fitted_on: TrainingData, **given) -> dict[int, float]:
    recipe = Transitions()
    parameters = recipe.parameters.model_validate({"minimum_support": 1, "shrinkage": 0} | given)
    model = recipe.fit(fitted_on, parameters, lambda *_: None, np.random.default_rng(1))
    answer = model.similar_items(np.array([item], dtype=np.int32), 10)[0]
    return dict(zip(answer.rows.tolist(), answer.scores.tolist(), strict=True))


def test_an_item_is_followed_by_what_came_later_weighted_by_how_far():
    whole = 1 + 1 / 2 + 1 / 3

    assert after(0, data((0, 1, 2, 3))) == pytest.approx(
        {1: 1 / whole, 2: 0.5 / whole, 3: 1 / 3 / whole}
    )


def test_nothing_leads_back():
    assert after(3, data((0, 1, 2, 3))) == {}
    assert set(after(2, data((0, 1, 2, 3)))) == {3}


def test_what_lies_beyond_the_reach_does_not_follow():
    assert set(after(0, data((0, 1, 2, 3), (0, 1)), reach=2)) == {1, 2}


def test_one_visit_does_not_lead_into_the_next():
    assert after(1, data((0, 1), (2, 3))) == {}


def test_one_item_looked_at_again_and_again_is_one_step():
    assert after(0, data((0, 0, 0, 1))) == {1: 1.0}


def test_few_departures_prove_little():
    visits = [(0, 1)] * 3

    assert after(0, data(*visits), shrinkage=3)[1] == pytest.approx(0.5)


def test_what_followed_too_seldom_is_left_out():
    visits = [(0, 1), (0, 2), (0, 2)]

    assert set(after(0, data(*visits), minimum_support=2)) == {2}


def test_a_script_says_nothing():
    assert after(0, data(tuple(range(501)), items=600)) == {}
    assert after(0, data(tuple(range(500)), items=600))


def test_on_a_ring_the_next_item_is_the_next_one():
    deeds = [deed for deed in paths_and_pairs(visits=300) if deed.kind == "view"]
    rows = [
        (int(one.user_id[-3:]), int(one.item_id[-3:]), int(one.occurred_at.timestamp() * 1e6))
        for one in deeds
    ]
    named = [int(one.session_id.partition("-")[2]) for one in deeds]
    log = interactions(*rows, session=named)
    ring = TrainingData(log.matrix((150, 40)), 150, log, until_us=rows[-1][2] + 1)

    for place in range(40):
        assert list(after(place, ring))[:2] == [(place + 1) % 40, (place + 2) % 40]
