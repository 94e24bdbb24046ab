"""What one event says for an item."""

import pytest

from recommender_models.weighting import Weighting

WEIGHTING = Weighting({"view": 1.0, "rating": 3.0, "custom:share": 2.0, "click": -4.0}, 3.5)


@pytest.mark.parametrize(
    ("kind", "value", "weight"),
    [
        ("view", None, 1.0),
        ("custom:share", None, 2.0),
        ("custom:other", None, 0.0),
        ("dislike", None, 0.0),
        ("rating", 3.5, 3.0),
        ("rating", 3.4, 0.0),
        ("rating", None, 0.0),
        ("view", 0.0, 1.0),
        ("click", None, 0.0),
    ],
)
def test_an_event_says_what_its_kind_weighs_a_low_rating_nothing_and_none_less(kind, value, weight):
    assert WEIGHTING.of(kind, value) == weight
