"""Whether a dataset is a basis for a model."""

from dataclasses import replace

import pytest

from trainers.datasets.checks import check
from trainers.datasets.snapshot import Statistics
from trainers.errors import DataRefused

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
    busiest_item_share=0.9,
)


def test_a_sound_dataset_is_let_through():
    check(FINE, minimum_interactions=800)


def test_visits_without_a_user_are_people_too():
    check(replace(FINE, users=0, sessions_without_user=50), 500)


@pytest.mark.parametrize(
    ("changes", "reason", "says"),
    [
        ({"users": 1}, "one_user", "1000 events are of one user"),
        ({"users": 0, "sessions_without_user": 1}, "one_user", "which field holds the user"),
        ({"items": 1}, "one_item", "1000 events are of one item"),
        ({"until_us": 1}, "one_moment", "the same moment"),
        ({"busiest_user_share": 0.51}, "constant_user", "51%"),
        ({"pairs": 499}, "too_few_interactions", "499 user-item pairs"),
    ],
)
def test_each_flaw_is_refused_with_its_reason_and_its_figures(changes, reason, says):
    with pytest.raises(DataRefused, match=says) as refused:
        check(replace(FINE, **changes), minimum_interactions=500)

    assert refused.value.reason == reason


def test_one_busy_user_of_a_tiny_log_is_nothing_suspicious():
    check(replace(FINE, events=99, busiest_user_share=0.9), 500)
