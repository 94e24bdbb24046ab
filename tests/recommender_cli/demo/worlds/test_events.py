"""Visits read like visits: shown, clicked, viewed, carried, paid; and the SDK would take them."""

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from loggers_sdk.events import check_event, format_time, new_event_id
from recommender_cli.demo.worlds.world import THEMES, build_world

END = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module", params=sorted(THEMES))
def world(request):
    return build_world(request.param, seed=3, users=300, items=150, days=40, end=END)


def kinds_of(world) -> Counter[str]:
    return Counter(event.kind for event in world.events())


def test_each_step_of_the_funnel_is_rarer_than_the_one_before(world):
    kinds = kinds_of(world)

    assert kinds["view"] > kinds["cart"] > kinds["purchase"] > 0


def test_books_are_rated_and_disliked_and_gear_is_not():
    kinds = {
        name: kinds_of(build_world(name, seed=3, users=300, items=150, days=40, end=END))
        for name in THEMES
    }

    assert kinds["paperback"].keys() - kinds["trailhead"].keys() == {"rating", "dislike"}


def test_what_is_clicked_was_shown_in_the_same_session_before(world):
    shown = set()
    for event in world.events():
        if event.kind == "impression":
            shown |= {(event.session_id, item_id) for item_id in event.items}
        if event.kind == "click":
            assert (event.session_id, event.item_id) in shown


def test_what_is_bought_was_in_the_cart_of_the_same_session(world):
    carried = {(e.session_id, e.item_id) for e in world.events() if e.kind == "cart"}
    bought = {(e.session_id, e.item_id) for e in world.events() if e.kind == "purchase"}

    assert bought <= carried


def test_a_purchase_is_worth_price_times_quantity(world):
    price = {item["item_id"]: item["price"] for item in world.items}

    for event in world.events():
        if event.kind == "purchase":
            assert event.value == pytest.approx(price[event.item_id] * event.quantity)


def test_what_is_rated_was_bought_days_before(world):
    bought_at = {}
    for event in world.events():
        if event.kind == "purchase":
            bought_at.setdefault((event.user_id, event.item_id), event.occurred_at)
        if event.kind == "rating":
            assert event.value in {1, 2, 3, 4, 5}
            assert (event.occurred_at - bought_at[event.user_id, event.item_id]).days >= 2


def test_the_sdk_finds_no_fault_in_any_event(world):
    for event in world.events():
        raw = asdict(event) | {
            "event_id": new_event_id(),
            "occurred_at": format_time(event.occurred_at.timestamp()),
            "items": list(event.items) if event.items else None,
        }

        assert check_event(raw, END.timestamp()) is None
