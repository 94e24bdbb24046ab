"""Bought together: known counts, known ratios, and nothing but purchases."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from recommender_models.seen import KIND_BITS
from tests.trainers.datasets.made import DAY_US, interactions
from trainers.recipes.co_purchase import BASKET_LENGTH_LIMIT, CoPurchase, log_likelihood_ratio
from trainers.recipes.protocol import TrainingData

BOUGHT = KIND_BITS["purchase"]


def data(*baskets: tuple[int, ...], items: int = 10, kind: int = BOUGHT) -> TrainingData:
    """One basket a user, all on one day."""
    rows = [(user, item, user) for user, basket in enumerate(baskets) for item in basket]
    log = interactions(*rows, kind=kind)
    return TrainingData(log.matrix((len(baskets), items)), len(baskets), log, until_us=DAY_US)


def beside(item: int, fitted_on: TrainingData, **given) -> dict[int, float]:
    recipe = CoPurchase()
    parameters = recipe.parameters.model_validate(given)
    model = recipe.fit(fitted_on, parameters, lambda *_: None, np.random.default_rng(1))
    answer = model.similar_items(np.array([item], dtype=np.int32), 10)[0]
    return dict(zip(answer.rows.tolist(), answer.scores.tolist(), strict=True))


@pytest.mark.parametrize(
    ("both", "one", "other", "everything"), [(3, 5, 4, 20), (40, 50, 60, 1000), (7, 7, 9, 30)]
)
def test_the_ratio_is_the_one_of_the_contingency_table(both, one, other, everything):
    table = [[both, one - both], [other - both, everything - one - other + both]]
    expected = chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic

    found = log_likelihood_ratio(*(np.array([float(n)]) for n in (both, one, other)), everything)

    assert found[0] == pytest.approx(expected)


def test_a_pair_that_always_meets_stands_before_one_that_everybody_buys():
    """Item 0 lies in every basket but one of nobody's: it says nothing of who buys 1 and 2."""
    baskets = [(0, 1, 2)] * 4 + [(0, 3)] * 6 + [(0, 4)] * 6 + [(5,)]

    found = beside(1, data(*baskets))

    assert next(iter(found)) == 2
    assert found[2] == pytest.approx(
        log_likelihood_ratio(np.array([4.0]), np.array([4.0]), np.array([4.0]), 17)[0], rel=1e-6
    )


def test_items_that_meet_less_often_than_by_chance_are_no_neighbours():
    baskets = [(0,)] * 10 + [(1,)] * 10 + [(0, 1)] * 2

    assert beside(0, data(*baskets)) == {}


def test_two_items_that_met_once_are_no_neighbours_unless_that_is_enough():
    baskets = [(0, 1), (2, 3), (2, 3), (4,)]

    assert beside(0, data(*baskets)) == {}
    assert set(beside(2, data(*baskets))) == {3}
    assert set(beside(0, data(*baskets), minimum_support=1)) == {1}


def test_an_item_twice_in_a_basket_met_its_neighbour_once():
    assert beside(0, data((0, 0, 1, 1), (2,), (3,))) == {}


def test_what_was_only_looked_at_was_not_bought():
    baskets = [(0, 1)] * 5 + [(2,)] * 5

    assert beside(0, data(*baskets, kind=KIND_BITS["view"])) == {}
    assert set(beside(0, data(*baskets))) == {1}


def test_a_wholesalers_basket_says_nothing():
    huge = tuple(range(BASKET_LENGTH_LIMIT + 1))
    small = [(1,), (2,)]

    assert beside(0, data(huge, huge, *small, items=300)) == {}
    assert beside(0, data(huge[:-1], huge[:-1], *small, items=300))
