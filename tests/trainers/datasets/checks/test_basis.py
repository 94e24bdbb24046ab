"""What every dataset must have, whatever else it is like."""

from dataclasses import replace

import numpy as np
import pytest

from recommender_store.tenants.settings import IdentityCheck
from tests.trainers.datasets.made import interactions
from trainers.datasets.checks import basis
from trainers.datasets.snapshot import Statistics

FINE = Statistics(
    events=1_000,
    users=50,
    sessions_without_user=0,
    items=40,
    items_in_catalog=60,
    pairs=800,
    since_us=0,
    until_us=10_000,
    events_by_kind={"view": 1_000},
    busiest_user_share=0.1,
    busiest_item_share=0.2,
)
ASKED = IdentityCheck()
TWO = interactions((0, 0, 1), (1, 1, 2))


def found(statistics, minimum=500):
    return [
        *basis.constants(statistics),
        *basis.identity(TWO, statistics, ASKED),
        *basis.too_few(statistics.pairs, minimum),
    ]


def test_a_sound_dataset_is_let_through():
    assert found(FINE, minimum=800) == []


def test_visits_without_a_user_are_people_too():
    assert found(replace(FINE, users=0, sessions_without_user=50)) == []


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"users": 1}, "one_user", "1000 events are of one user"),
        ({"users": 0, "sessions_without_user": 1}, "one_user", "which field holds the user"),
        ({"items": 1}, "one_item", "1000 events are of one item"),
        ({"until_us": 1}, "one_moment", "the same moment"),
        ({"busiest_user_share": 0.51}, "constant_user", "51%"),
        ({"pairs": 499}, "too_few_interactions", "499 user-item pairs"),
    ],
)
def test_each_flaw_is_refused_with_its_code_and_its_figures(changes, code, says):
    (finding,) = found(replace(FINE, **changes))

    assert (finding.code, finding.severity) == (code, "refuse")
    assert says in finding.sentence


def test_one_busy_user_of_a_tiny_log_is_nothing_suspicious():
    assert found(replace(FINE, events=99, busiest_user_share=0.9)) == []


@pytest.mark.parametrize("weight", [np.nan, np.inf, -np.inf])
def test_a_weight_that_is_no_number_is_refused(weight):
    spoilt = interactions((0, 0, 1), (1, 1, 2), weight=[1.0, weight])

    (finding,) = basis.weights(spoilt)
    assert (finding.code, finding.severity) == ("weight_not_finite", "refuse")
    assert basis.weights(TWO) == []
