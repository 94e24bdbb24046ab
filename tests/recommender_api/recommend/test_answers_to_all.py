"""Answers that are the same for everybody are remembered: as long as nothing changes them."""

from datetime import UTC, datetime

from tests.recommender_api.asking import answered, ids
from tests.recommender_api.rules.shelf import NOW_S, loaded
from tests.recommender_api.rules.shelf import asked as asked_of

ITEMS = {f"item-{number}": {"brand": "house"} for number in range(5)}


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
