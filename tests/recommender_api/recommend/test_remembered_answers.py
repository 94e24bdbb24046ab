"""Answers are remembered: as long as nothing changes them, and nothing is heard of who asks."""

from datetime import UTC, datetime

import httpx

from tests.recommender_api.asking import answered, asked, ids
from tests.recommender_api.rules.shelf import NOW_S, loaded
from tests.recommender_api.rules.shelf import asked as asked_of

ITEMS = {f"item-{number}": {"brand": "house"} for number in range(5)}


def view(shop: httpx.Client, user_id: str, item_id: str, at: datetime) -> None:
    event = {"event_id": f"{user_id} {item_id}", "kind": "view", "occurred_at": at.isoformat()}
    event |= {"user_id": user_id, "item_id": item_id}
    assert shop.post("/events", json={"events": [event]}).status_code == 202


def at(seconds: float) -> str:
    return datetime.fromtimestamp(NOW_S + seconds, UTC).isoformat()


def until(shelf, **asked) -> float:
    """Seconds from now until which the answer of `popular` holds."""
    return asked_of(shelf, **asked).question.holds_until_s - NOW_S


def test_the_same_question_gets_the_same_items_under_an_id_of_its_own(shop):
    first, second = (answered(shop.get("/items/item-000000/similar?limit=7")) for _ in range(2))

    assert ids(first) == ids(second)
    assert first["recommendation_id"] != second["recommendation_id"]
    assert {**first, "recommendation_id": ""} == {**second, "recommendation_id": ""}


def test_who_did_nothing_since_gets_the_same_items_again(shop):
    first, second = (
        answered(shop.get("/users/user-000001/recommendations?limit=7")) for _ in range(2)
    )

    assert first["recommendation_id"] != second["recommendation_id"]
    assert {**first, "recommendation_id": ""} == {**second, "recommendation_id": ""}


def test_what_somebody_just_did_is_in_the_next_answer_however_often_they_asked_before(own):
    shop, question = own.of("shop"), {"user_id": "somebody", "limit": 5}
    before = [asked(shop, "recently_viewed", **question) for _ in range(2)]
    for number in range(3):
        view(shop, "somebody", f"item-00000{number}", datetime(2026, 3, 1, number, tzinfo=UTC))
        told = [ids(asked(shop, "recently_viewed", **question)) for _ in range(2)]

        assert told[0] == told[1] == [f"item-00000{one}" for one in range(number, -1, -1)]
    assert ids(before[0]) == ids(before[1]) == []


def test_where_nothing_is_going_to_change_an_answer_holds_for_good():
    assert until(loaded(ITEMS)) == float("inf")


def test_an_answer_holds_until_an_item_begins_or_ends_to_be_shown():
    assert until(loaded(ITEMS | {"gone": {"available_until": at(30)}})) == 30
    assert until(loaded(ITEMS | {"new": {"available_from": at(20)}})) == 20
    assert until(loaded(ITEMS | {"old": {"available_from": at(-20)}})) == float("inf")


def test_an_answer_holds_until_a_rule_begins_or_ends():
    ends = {"id": "sale", "kind": "boost", "filter": "brand = 'house'", "factor": 2.0}

    assert until(loaded(ITEMS, [ends | {"ends_at": at(60)}])) == 60
    assert until(loaded(ITEMS, [ends | {"starts_at": at(90)}])) == 90


def test_what_time_alone_changes_is_never_remembered():
    fresh = {"id": "fresh", "kind": "fresh", "attribute": "created_at", "half_life_days": 7}

    assert until(loaded(ITEMS, [fresh])) < 0


def test_an_explanation_is_made_anew_each_time():
    assert until(loaded(ITEMS), explain=True) < 0


def test_a_body_is_read_as_one_whatever_a_query_of_the_same_letters_was_answered(shop):
    answered(shop.get("/popular?limit=7"))

    response = shop.post("/placements/popular:recommend", content=b"limit=7")

    assert response.status_code == 400
    assert response.json()["code"] == "body_malformed"
