"""What somebody was shown too often."""

from recommender_api.rules.stages.caps import Ceiling, worn_out

HOUR_MS = 3_600_000
NOW_S = 10_000 * 3_600.0


def shown(item, *hours_ago):
    return [(item, int(NOW_S * 1000) - round(hours * HOUR_MS)) for hours in hours_ago]


def ceiling(times, hours, rule_id="c"):
    return Ceiling(rule_id, None, times, hours * HOUR_MS)


def test_an_item_is_worn_out_once_it_was_shown_so_often_within_the_period():
    seen = [*shown("often", 1, 2, 3), *shown("twice", 1, 2), *shown("long ago", 1, 2, 25)]

    assert worn_out([ceiling(3, 24)], seen, NOW_S) == {"often": "c"}


def test_of_several_rules_the_first_is_named():
    seen = shown("often", 1, 2, 3)

    assert worn_out([ceiling(3, 24, "a"), ceiling(1, 24, "b")], seen, NOW_S) == {"often": "a"}


def test_what_will_be_shown_does_not_count():
    assert worn_out([ceiling(1, 24)], shown("soon", -1), NOW_S) == {}
