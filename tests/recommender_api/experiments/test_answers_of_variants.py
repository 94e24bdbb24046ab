"""Experiments over REST: written, answered by, and what a variant that fails costs: nothing."""

import json

import pytest

from tests.recommender_api.admin.test_models import versions
from tests.recommender_api.asking import answered, asked, codes
from tests.recommender_api.served import AUTHOR, until

USERS = [f"user-{number:06d}" for number in range(30)]
TWO = [{"id": "a"}, {"id": "b"}]


def put(client, name="colours", **said):
    record = {"placements": ["for_you"], "variants": TWO} | said
    return answered(client.put(f"/experiments/{name}", json=record))


def refused(client, name="colours", **said):
    record = {"placements": ["for_you"], "variants": TWO} | said
    response = client.put(f"/experiments/{name}", json=record)
    assert response.status_code == 422, response.text
    return {(fault["pointer"], fault["code"]) for fault in response.json()["errors"]}


def answers(client, placement="for_you", **body):
    """Variant → the answers to those who got it."""
    found = {}
    for user in USERS:
        answer = asked(client, placement, user_id=user, **body)
        found.setdefault((answer["experiment"] or {}).get("variant"), []).append(answer)
    return found


def test_an_answer_names_the_variant_and_so_does_what_is_kept_of_it(own):
    shop = own.of("shop")
    put(shop)

    by_variant = answers(shop, explain=True)

    assert set(by_variant) == {"a", "b"}
    one = by_variant["b"][0]
    assert one["experiment"] == {"name": "colours", "variant": "b"}
    kept = answered(shop.get(f"/recommendations/{one['recommendation_id']}"))
    assert kept["experiment"] == one["experiment"]


def test_who_is_nobody_or_asks_elsewhere_gets_what_everybody_gets(own):
    shop = own.of("shop")
    put(shop)

    assert asked(shop, "for_you")["experiment"] is None
    assert set(answers(shop, "popular")) == {None}


def test_a_variant_has_settings_of_its_own(own):
    shop = own.of("shop")
    other = {"limit": 3, "sources": ["popular"], "filter": "price < 50"}
    put(shop, variants=[{"id": "a"}, {"id": "b", "placement": other}])

    by_variant = answers(shop, fields=["price"])

    assert {len(one["items"]) for one in by_variant["a"]} == {10}
    assert {len(one["items"]) for one in by_variant["b"]} == {3}
    told = [item for one in by_variant["b"] for item in one["items"]]
    assert {item["source"] for item in told} == {"popular"}
    assert all(item["attributes"]["price"] < 50 for item in told)


def test_a_rule_of_a_variant_holds_for_it_alone(own):
    shop = own.of("shop")
    put(shop)
    rule = {"kind": "exclude", "filter": "price < 50", "experiment": "colours", "variant": "b"}
    answered(shop.put("/rules/dear-only", json=rule))

    by_variant = answers(shop)

    assert {tuple(one["applied_rules"]) for one in by_variant["a"]} == {()}
    assert {tuple(one["applied_rules"]) for one in by_variant["b"]} == {("dear-only",)}


def test_a_variant_is_answered_by_another_model(own):
    shop = own.of("shop")
    (older, newer), _ = versions(shop)
    put(shop, variants=[{"id": "a"}, {"id": "b", "model": older}])

    def told():
        found = answers(shop)
        return {name: {one["model"]["version"] for one in some} for name, some in found.items()}

    until(lambda: told() == {"a": {newer}, "b": {older}})
    assert not [one for some in answers(shop).values() for one in some if codes(one)]


def test_where_a_variant_fails_the_control_answers_and_it_is_counted(own):
    shop = own.of("shop")
    put(shop)
    members = {answer["items"][0]["item_id"] for answer in answers(shop)["b"]}
    space = own.store.tenant("shop")
    record = space.policies.experiments.read().values["colours"]
    record["variants"][1]["model"] = "20200101T000000Z-gone-0000"
    space.policies.experiments.put("colours", record, author=AUTHOR)
    space.announce("policies")

    until(lambda: "b" not in answers(shop))
    failed = [one for one in answers(shop)["a"] if "variant_failed" in codes(one)]

    assert {one["items"][0]["item_id"] for one in failed} == members
    text = own.client().get(f"{own.internal_url}/metrics").text
    assert 'variant_faults_total{experiment="colours",tenant="shop",variant="b"}' in text


def test_a_record_is_kept_with_its_revisions_and_goes(own):
    shop = own.of("shop")
    put(shop)
    put(shop, note="again", traffic=[0, 0.5])

    assert answered(shop.get("/experiments/colours"))["traffic"] == [0.0, 0.5]
    assert [one["id"] for one in answered(shop.get("/experiments"))["experiments"]] == ["colours"]
    revisions = answered(shop.get("/experiments/colours/revisions"))["revisions"]
    assert [one["revision"] for one in revisions] == [2, 1]
    sent_back = answered(shop.get("/experiments/colours")) | {"note": "and again"}
    assert answered(shop.post("/experiments", json=sent_back))["revision"] == 3
    assert shop.post("/experiments", json=sent_back).status_code == 409

    assert shop.delete("/experiments/colours").status_code == 204
    for response in (shop.get("/experiments/colours"), shop.delete("/experiments/colours")):
        assert (response.status_code, response.json()["code"]) == (404, "experiment_unknown")
    assert set(answers(shop)) == {None}


def test_two_experiments_that_would_share_somebody_are_refused_with_what_to_do(own):
    shop = own.of("shop")
    put(shop, "first", traffic=[0, 0.5])

    assert refused(shop, "second") == {("/traffic", "experiment_overlaps")}
    assert refused(shop, "second", layer="own") == {("/layer", "experiment_overlaps")}
    assert refused(shop, "second", placements=["popular"], traffic=[0.4, 1]) == {
        ("/traffic", "experiment_overlaps")
    }
    put(shop, "second", traffic=[0.5, 1])
    put(shop, "third", placements=["popular"], layer="own")
    put(shop, "later", enabled=False)


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"variants": [{"id": "a"}]}, "/variants"),
        ({"variants": [{"id": "a"}, {"id": "a"}]}, ""),
        ({"variants": [{"id": "a"}, {"id": "b", "weight": 0}]}, "/variants/1/weight"),
        ({"variants": [{"id": "a"}, {"id": "b", "model": "none"}]}, "/variants/1/model"),
        (
            {"variants": [{"id": "a"}, {"id": "b", "placement": {"sources": ["magic"]}}]},
            "/variants/1/placement/sources/0",
        ),
        (
            {"variants": [{"id": "a"}, {"id": "b", "placement": {"filter": "price <"}}]},
            "/variants/1/placement/filter",
        ),
        (
            {"variants": [{"id": "a"}, {"id": "b", "placement": {"limit": 0}}]},
            "/variants/1/placement/limit",
        ),
        ({"placements": []}, "/placements"),
        ({"placements": ["nowhere"]}, "/placements/0"),
        ({"traffic": [0.5, 0.5]}, "/traffic"),
        ({"traffic": [0.5, 1.5]}, "/traffic/1"),
        ({"unit": "household"}, "/unit"),
        ({"starts_at": "2026-03-02T00:00:00Z", "ends_at": "2026-03-01T00:00:00Z"}, "/ends_at"),
        ({"share": 0.5}, "/share"),
    ],
    ids=json.dumps,
)
def test_what_is_wrong_with_a_record_is_told_with_its_place(shop, said, pointer):
    assert pointer in {where for where, _ in refused(shop, **said)}


def test_a_rule_of_what_is_not_there_is_refused(own):
    shop = own.of("shop")
    put(shop)
    rule = {"kind": "block", "items": ["item-000001"]}

    for more, code in (
        ({"experiment": "other"}, "experiment_unknown"),
        ({"experiment": "colours", "variant": "c"}, "variant_unknown"),
    ):
        response = shop.put("/rules/one", json=rule | more)
        assert response.json()["errors"][0]["code"] == code
