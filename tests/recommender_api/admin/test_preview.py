"""A preview: the answer with and without, and nothing written."""

import pytest

from tests.recommender_api.asking import answered, asked, ids
from tests.recommender_api.shops import NEVER_SHOWN

NO_EVEN = {"id": "no-even", "kind": "exclude", "filter": "tags CONTAINS 'even'"}
POPULAR = {"placement": "popular", "limit": 5}


def preview(client, **body):
    return answered(client.post("/rules:preview", json=body))


def test_a_rule_that_is_not_written_is_shown_with_and_without(own):
    shop = own.of("shop")
    (one,) = preview(shop, rules=[NO_EVEN], requests=[POPULAR])["previews"]

    assert one["request"] == POPULAR
    assert ids(one["without"]) == ids(asked(shop, **POPULAR))
    assert one["with"]["applied_rules"] == ["no-even"]
    assert all(int(item[-6:]) % 2 for item in ids(one["with"]))
    assert set(one["removed"]) == {i for i in ids(one["without"]) if int(i[-6:]) % 2 == 0}
    assert one["added"]
    assert all(moved["from"] > moved["to"] for moved in one["moved"])
    assert answered(shop.get("/rules"))["rules"] == []
    assert asked(shop, "popular")["applied_rules"] == []


def test_a_stored_rule_is_shown_with_and_without_even_when_it_is_disabled(own):
    shop = own.of("shop")
    answered(shop.put("/rules/no-even", json={**NO_EVEN, "enabled": False}))

    (one,) = preview(shop, rules=["no-even"], requests=[POPULAR])["previews"]

    assert one["without"]["applied_rules"] == []
    assert one["with"]["applied_rules"] == ["no-even"]


def test_other_rules_hold_on_both_sides(own):
    shop = own.of("shop")
    answered(shop.put("/rules/block", json={"kind": "block", "items": ids(asked(shop, "popular"))}))

    (one,) = preview(shop, rules=[NO_EVEN], requests=[POPULAR])["previews"]

    assert one["without"]["applied_rules"] == ["block"]
    assert one["with"]["applied_rules"] == ["block", "no-even"]


def test_a_preview_may_look_at_another_time(own):
    shop = own.of("shop")
    rule = {**NO_EVEN, "starts_at": "2999-01-01T00:00:00Z"}

    (now,) = preview(shop, rules=[rule], requests=[POPULAR])["previews"]
    (then,) = preview(shop, rules=[rule], requests=[POPULAR], at="2999-06-01T00:00:00Z")["previews"]

    assert now["with"]["applied_rules"] == []
    assert then["with"]["applied_rules"] == ["no-even"]


def test_requests_are_made_of_what_the_log_tells(own):
    shop = own.of("shop")
    rule = {**NO_EVEN, "placements": ["similar"]}

    previews = preview(shop, rules=[rule], logged=5)["previews"]

    assert len(previews) == 5
    assert {one["request"]["placement"] for one in previews} == {"similar"}
    assert all(one["request"]["item_id"] for one in previews)
    assert len({str(one["request"]) for one in previews}) == 5


def test_the_newest_events_come_first_and_say_their_placement(own):
    shop = own.of("shop")
    event = {"event_id": "e1", "kind": "view", "user_id": "zoe", "item_id": "item-000011"}
    event |= {"occurred_at": "2026-03-01T00:00:00Z", "placement": "for_you"}
    assert shop.post("/events", json={"events": [event]}).status_code == 202

    (one,) = preview(shop, rules=[NO_EVEN], logged=1)["previews"]

    assert one["request"] == {"placement": "for_you", "user_id": "zoe"}


def test_a_preview_shows_nothing_that_is_hidden(own):
    shop = own.of("shop")
    pins = [
        {"id": f"p{n}", "kind": "pin", "item": item, "position": n}
        for n, item in enumerate(sorted(NEVER_SHOWN), 1)
    ]

    (one,) = preview(shop, rules=pins, requests=[{**POPULAR, "limit": 200}])["previews"]

    assert not NEVER_SHOWN & set(ids(one["with"]))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/rules"),
        ({"rules": [], "logged": 1}, "/rules"),
        ({"rules": ["ghost"], "logged": 1}, "/rules/0"),
        ({"rules": [NO_EVEN]}, "/requests"),
        ({"rules": [NO_EVEN, {**NO_EVEN, "filter": "x = 1"}], "logged": 1}, "/rules/1/filter"),
        ({"rules": [NO_EVEN], "requests": [{"limit": 1}]}, "/requests/0/placement"),
        ({"rules": [NO_EVEN], "requests": [POPULAR] * 21}, "/requests"),
        ({"rules": [NO_EVEN], "requests": [{**POPULAR, "limit": 0}]}, "/requests/0/limit"),
        ({"rules": [NO_EVEN], "logged": 0}, "/logged"),
        ({"rules": [NO_EVEN], "logged": 1, "at": "soon"}, "/at"),
        ({"rules": [NO_EVEN], "logged": 1, "x": 1}, "/x"),
    ],
)
def test_a_wrong_preview_is_refused_with_a_pointer(shop, body, pointer):
    response = shop.post("/rules:preview", json=body)

    assert response.status_code == 422, response.text
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]


def test_an_unknown_placement_in_a_preview_is_told(shop):
    response = shop.post(
        "/rules:preview", json={"rules": [NO_EVEN], "requests": [{"placement": "nowhere"}]}
    )

    assert response.json()["code"] == "placement_unknown"
