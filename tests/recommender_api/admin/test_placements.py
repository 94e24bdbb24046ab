"""Placements over REST: built-in ones made different, and those of a tenant's own."""

import pytest

from tests.recommender_api.asking import answered, asked, codes, ids

SEED, USER = "item-000011", "user-000001"


def put(client, placement, **record):
    return answered(client.put(f"/placements/{placement}", json=record))


def test_the_built_in_placements_are_listed_as_nobody_changed_them(shop):
    listed = answered(shop.get("/placements"))["placements"]

    assert "similar" in [one["id"] for one in listed]
    assert all(one["built_in"] and one["revision"] == 0 for one in listed)


def test_a_built_in_placement_is_told_to_be_different_and_back(own):
    shop = own.of("shop")
    put(shop, "similar", limit=3)
    told = answered(shop.get("/placements/similar"))

    assert (told["limit"], told["revision"], told["built_in"]) == (3, 1, True)
    assert told["sources"] == ["neighbours", "described_alike"]
    assert len(ids(asked(shop, "similar", item_id=SEED))) == 3
    assert len(ids(asked(shop, "similar", item_id=SEED, limit=5))) == 5

    assert shop.delete("/placements/similar").status_code == 204
    assert len(ids(asked(shop, "similar", item_id=SEED))) == 10


def test_a_placement_of_ones_own_needs_no_configuration(own):
    shop = own.of("shop")
    put(shop, "home-hero")

    answer = asked(shop, "home-hero", item_id=SEED)

    assert answer["placement"] == "home-hero"
    assert answer["items"][0]["source"] == "neighbours"
    assert asked(shop, "home-hero", user_id=USER)["items"][0]["source"] == "personal"


def test_what_a_placement_leaves_open_a_request_decides_and_its_filter_holds_in_any_case(own):
    shop = own.of("shop")
    put(shop, "cheap", sources=["popular"], filter="price < 50", limit=4, exclude_seen=["view"])

    answer = asked(shop, "cheap", filter="tags CONTAINS 'even'", limit=200)
    numbers = {int(item[-6:]) for item in ids(answer)}

    assert numbers
    assert all(number < 50 and number % 2 == 0 for number in numbers)
    assert len(ids(asked(shop, "cheap"))) == 4


def test_a_mix_takes_from_all_of_its_sources(own):
    shop = own.of("shop")
    put(shop, "mixed", sources={"neighbours": 1, "newest": 1})

    answer = asked(shop, "mixed", item_id=SEED, limit=20, explain=True)

    assert {item["source"] for item in answer["items"]} == {"neighbours", "newest"}
    scores = [item["score"] for item in answer["items"]]
    assert scores == sorted(scores, reverse=True)
    assert set(answer["explanation"]["candidates"]) == {"neighbours", "newest"}


def test_a_heavier_source_gives_more(own):
    shop = own.of("shop")
    shares = []
    for weight in (1, 100):
        put(shop, "mixed", sources={"neighbours": 1, "newest": weight})
        answer = asked(shop, "mixed", item_id=SEED, limit=10)
        shares.append(sum(item["source"] == "newest" for item in answer["items"]))

    assert shares[0] < shares[1]


def test_a_placement_that_takes_fewer_is_not_filled(own):
    shop = own.of("shop")
    put(shop, "strict", sources=["neighbours"], when_short="fewer")

    answer = asked(shop, "strict", item_id="never heard of")

    assert answer["items"] == []
    assert "empty" in codes(answer)
    assert ids(asked(shop, "strict", item_id="never heard of", when_short="fill"))


def test_a_placement_of_ones_own_past_is_not_filled_either(own):
    shop = own.of("shop")
    put(shop, "again", sources=["buy_again", "recently_viewed"])

    assert asked(shop, "again", user_id="nobody")["items"] == []


@pytest.mark.parametrize(
    ("record", "pointer", "code"),
    [
        ({"sources": []}, "/sources", "too_short"),
        ({"sources": ["nowhere"]}, "/sources/0", "source_unknown"),
        ({"sources": {"popular": 0}}, "/sources", "field_type"),
        ({"sources": {"nowhere": 1}}, "/sources/nowhere", "source_unknown"),
        ({"sources": ["popular", "popular"]}, "/sources/1", "repeated"),
        ({"limit": 0}, "/limit", "value_out_of_range"),
        ({"limit": 201}, "/limit", "value_out_of_range"),
        ({"diversity": 2}, "/diversity", "value_out_of_range"),
        ({"filter": "colour = 'x'"}, "/filter", "filter_unknown_attribute"),
        ({"exclude_seen": ["nothing"]}, "/exclude_seen", "kind_unknown"),
        ({"when_short": "maybe"}, "/when_short", "choice_unknown"),
        ({"id": "other"}, "/id", "ambiguous"),
        ({"wrong": 1}, "/wrong", "field_unknown"),
    ],
)
def test_a_wrong_placement_is_refused_with_a_pointer(shop, record, pointer, code):
    response = shop.put("/placements/wrong", json=record)

    assert response.status_code == 422, response.text
    told = [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]]
    assert told == [(pointer, code)]
    assert shop.get("/placements/wrong").json()["code"] == "placement_unknown"


@pytest.mark.parametrize("placement", ["a:b", "a%2Fb", "a b"])
def test_an_id_that_is_none_is_refused(shop, placement):
    assert shop.put(f"/placements/{placement}", json={}).status_code == 422


def test_a_stale_revision_is_a_conflict(own):
    shop = own.of("shop")
    put(shop, "mine", limit=5)

    response = shop.put("/placements/mine", json={"limit": 6, "revision": 2})

    assert response.status_code == 409
    assert answered(shop.get("/placements/mine"))["limit"] == 5


def test_revisions_are_listed_and_what_was_read_can_be_sent_back(own):
    shop = own.of("shop")
    told = put(shop, "mine", limit=5, sources={"popular": 2, "newest": 1})
    again = put(shop, "mine", **told)
    put(shop, "mine", limit=6)

    found = answered(shop.get("/placements/mine/revisions"))["revisions"]

    assert again["sources"] == {"popular": 2, "newest": 1}
    assert found[0]["value"]["limit"] == 6
    assert found[-1]["revision"] == 1


def test_an_unknown_placement_is_told_the_tenants_own_too(own):
    shop = own.of("shop")
    put(shop, "mine")

    response = shop.post("/placements/nowhere:recommend", json={})

    assert response.status_code == 404
    assert "mine" in response.json()["detail"]
    assert shop.delete("/placements/nowhere").status_code == 404


def test_a_deleted_placement_is_unknown(own):
    shop = own.of("shop")
    put(shop, "mine")
    assert shop.delete("/placements/mine").status_code == 204

    assert shop.post("/placements/mine:recommend", json={}).status_code == 404
