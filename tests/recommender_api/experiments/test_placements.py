"""What came of answers by placement, out of a log whose right answer is known."""

from datetime import UTC, datetime, timedelta

import pytest

from recommender_api.experiments.placements import online_figures
from tests.recommender_api.served import AUTHOR, store_in

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def space(tmp_path):
    store = store_in(tmp_path, create=True)
    return store.create_tenant("shop", "Shop", author=AUTHOR)


def event(number, kind, *, nth=0, at=NOW, **fields):
    return {
        "event_id": f"{kind}-{number}-{nth}",
        "kind": kind,
        "user_id": f"user-{number}",
        "occurred_at": (at - timedelta(hours=1)).isoformat(),
        "recommendation_id": f"rec-{number}",
        **fields,
    }


def served(number, placement, *, sampled=True, **fields):
    told = {"items": ["i"], "placement": placement, "attributes": {"sampled": sampled}}
    return event(number, "served", **told, **fields)


def shown(number, placement, **fields):
    return event(number, "impression", items=["i"], placement=placement, **fields)


def told(space, *events, since=NOW - WEEK, until=NOW):
    space.events.append_events(events, "2026-11-20T12:00:00.000Z")
    figures = online_figures(space, since, until)
    answered = {one.placement: one for one in figures.answered}
    return figures, answered, {one.placement: one for one in figures.shown}


def test_of_each_placement_answers_clicks_and_purchases_are_counted_once_each(space):
    figures, answered, _ = told(
        space,
        *(served(number, "for_you") for number in range(10)),
        *(served(number, "similar") for number in range(10, 14)),
        *(event(1, "click", item_id="i", nth=nth) for nth in range(3)),
        event(2, "click", item_id="i"),
        event(2, "purchase", item_id="i"),
        event(99, "click", item_id="i"),
    )

    for_you = answered["for_you"]
    assert (for_you.answers, for_you.units, for_you.clicked, for_you.converted) == (10, 10, 2, 1)
    assert for_you.click_through.value == 0.2
    assert for_you.click_through.low < 0.2 < for_you.click_through.high
    assert (answered["similar"].answers, answered["similar"].clicked) == (4, 0)
    assert (figures.since, figures.until) == (NOW - WEEK, NOW)


def test_what_pages_showed_counts_apart_and_an_answer_shown_in_parts_counts_once(space):
    _, answered, seen = told(
        space,
        *(shown(1, "home", nth=nth) for nth in range(3)),
        shown(2, "home"),
        shown(3, None),
        event(1, "click", item_id="i"),
    )

    assert answered == {}
    assert (seen["home"].answers, seen["home"].clicked) == (2, 1)
    assert seen["home"].click_through.value == 0.5
    assert seen[""].answers == 1


def test_answers_that_chance_did_not_draw_and_those_of_another_time_are_left_out(space):
    _, answered, _ = told(
        space,
        served(1, "for_you"),
        served(2, "for_you", sampled=False),
        served(3, "for_you", at=NOW - 2 * WEEK),
    )

    assert answered["for_you"].answers == 1


def test_a_log_without_answers_tells_of_none(space):
    figures, answered, seen = told(space, event(1, "view", item_id="i"))

    assert (answered, seen, figures.sampled_share) == ({}, {}, 0.01)
