"""Rules over REST: written, obeyed from the next answer on, revised, previewed, taken back."""

import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.recommender_api.asking import answered, asked, codes, ids
from tests.recommender_api.served import serving, store_in, until
from tests.recommender_api.shops import NEVER_SHOWN

NO_EVEN = {"kind": "exclude", "filter": "tags CONTAINS 'even'"}


def put(client: httpx.Client, rule_id: str, rule: dict, **headers: str) -> dict:
    return answered(client.put(f"/rules/{rule_id}", json=rule, headers=headers))


def popular(client: httpx.Client, **body: object) -> list[str]:
    return ids(asked(client, "popular", **body))


def number(item_id: str) -> int:
    return int(item_id[-6:])


def test_a_rule_is_obeyed_by_the_next_answer_and_named_in_it(own):
    shop = own.of("shop")
    assert any(number(item) % 2 == 0 for item in popular(shop))

    put(shop, "no-even", NO_EVEN)
    answer = asked(shop, "popular", limit=200)

    assert answer["applied_rules"] == ["no-even"]
    assert {number(item) % 2 for item in ids(answer) if item.startswith("item")} == {1}


def test_another_replica_obeys_within_a_second(own, folder):
    shop = own.of("shop")
    with serving(store_in(folder)) as other:
        there = other.of("shop")
        assert popular(there)
        put(shop, "no-even", NO_EVEN)

        until(lambda: all(number(item) % 2 for item in popular(there)))


def test_a_rule_is_read_as_it_was_written_and_counts_its_revisions(own):
    shop = own.of("shop")
    first = put(shop, "r", NO_EVEN)
    second = put(shop, "r", {**NO_EVEN, "priority": 3, "note": "spring"})
    told = answered(shop.get("/rules/r"))

    assert (first["revision"], second["revision"]) == (1, 2)
    assert told["filter"] == NO_EVEN["filter"]
    assert (told["priority"], told["note"], told["enabled"]) == (3, "spring", True)
    assert told["written"]["by"]
    assert datetime.fromisoformat(told["written"]["at"]).tzinfo


def test_what_is_read_can_be_sent_back_and_changes_nothing(own):
    shop = own.of("shop")
    put(shop, "r", {**NO_EVEN, "starts_at": "2026-01-01T00:00:00+02:00"})
    told = answered(shop.get("/rules/r"))

    again = put(shop, "r", told)

    assert again["revision"] == 1


def test_the_revisions_of_a_rule_are_listed_newest_first_the_deletion_too(own):
    shop = own.of("shop")
    put(shop, "r", NO_EVEN)
    put(shop, "other", NO_EVEN)
    put(shop, "r", {**NO_EVEN, "priority": 1})
    assert shop.delete("/rules/r").status_code == 204
    put(shop, "r", NO_EVEN)

    whole = answered(shop.get("/rules/r/revisions"))["revisions"]
    first = answered(shop.get("/rules/r/revisions", params={"limit": 3}))
    rest = answered(shop.get("/rules/r/revisions", params={"limit": 3, "cursor": first["cursor"]}))

    assert [one["revision"] for one in whole] == [4, 3, 2, 1]
    assert [one["value"] is None for one in whole] == [False, True, False, False]
    assert whole[2]["value"]["priority"] == 1
    assert [*first["revisions"], *rest["revisions"]] == whole
    assert rest["cursor"] is None


def test_a_deleted_rule_holds_no_more(own):
    shop = own.of("shop")
    before = popular(shop)
    put(shop, "r", NO_EVEN)
    assert popular(shop) != before

    assert shop.delete("/rules/r").status_code == 204

    assert popular(shop) == before
    assert shop.get("/rules/r").json()["code"] == "rule_unknown"
    assert shop.delete("/rules/r").status_code == 404
    assert answered(shop.get("/rules"))["rules"] == []


def test_rules_are_listed_by_id_page_by_page(own):
    shop = own.of("shop")
    for name in ("c", "a", "b"):
        put(shop, name, {**NO_EVEN, "enabled": False})

    first = answered(shop.get("/rules", params={"limit": 2}))
    rest = answered(shop.get("/rules", params={"limit": 2, "cursor": first["cursor"]}))

    assert [one["id"] for one in first["rules"]] == ["a", "b"]
    assert [one["id"] for one in rest["rules"]] == ["c"]
    assert rest["cursor"] is None
    assert shop.get("/rules", params={"cursor": "no cursor"}).status_code == 422


@pytest.mark.parametrize("stale", [0, 2, 7])
@pytest.mark.parametrize("how", ["header", "field"])
def test_a_stale_revision_is_a_conflict_and_changes_nothing(own, stale, how):
    shop = own.of("shop")
    put(shop, "r", NO_EVEN)
    changed = {**NO_EVEN, "priority": 9}
    headers = {"If-Match": f'"{stale}"'} if how == "header" else {}
    body = changed if how == "header" else {**changed, "revision": stale}

    response = shop.put("/rules/r", json=body, headers=headers)

    assert response.status_code == 409
    assert response.json()["code"] == "revision_conflict"
    assert answered(shop.get("/rules/r"))["priority"] == 0


def test_the_revision_that_was_read_may_be_replaced_and_deleted(own):
    shop = own.of("shop")
    put(shop, "r", NO_EVEN, **{"If-Match": '"0"'})
    put(shop, "r", {**NO_EVEN, "priority": 1, "revision": 1})

    assert shop.delete("/rules/r", headers={"If-Match": '"1"'}).status_code == 409
    assert shop.delete("/rules/r", headers={"If-Match": '"2"'}).status_code == 204


def test_a_rule_may_be_posted_with_its_id_in_the_body(own):
    shop = own.of("shop")
    answered(shop.post("/rules", json={"id": "r", **NO_EVEN}))

    assert answered(shop.get("/rules/r"))["revision"] == 1


def test_a_rule_holds_from_its_start_until_just_before_its_end(own):
    shop = own.of("shop")
    now = datetime.now(UTC)
    later, past = (now + timedelta(hours=1)).isoformat(), (now - timedelta(hours=1)).isoformat()
    before = popular(shop)

    put(shop, "r", {**NO_EVEN, "starts_at": later})
    assert popular(shop) == before
    put(shop, "r", {**NO_EVEN, "ends_at": past})
    assert popular(shop) == before
    put(shop, "r", {**NO_EVEN, "starts_at": past, "ends_at": later})
    assert popular(shop) != before


def test_a_rule_begins_and_ends_by_itself(own):
    shop = own.of("shop")
    before = popular(shop)
    begins = datetime.now(UTC) + timedelta(seconds=0.4)
    ends = begins + timedelta(seconds=0.4)
    put(shop, "r", {**NO_EVEN, "starts_at": begins.isoformat(), "ends_at": ends.isoformat()})

    until(lambda: asked(shop, "popular")["applied_rules"] == ["r"])
    until(lambda: asked(shop, "popular")["applied_rules"] == [])

    assert popular(shop) == before
    assert time.time() >= ends.timestamp()


@pytest.mark.parametrize(
    ("rule", "pointer", "code"),
    [
        ({"kind": "exclude", "filter": "colour = 'x'"}, "/filter", "filter_unknown_attribute"),
        ({"kind": "exclude", "filter": "price = 'x'"}, "/filter", "filter_wrong_type"),
        ({"kind": "exclude", "filter": ""}, "/filter", "filter_empty"),
        ({"kind": "exclude"}, "/filter", "field_missing"),
        ({"kind": "exclude", "filter": 5}, "/filter", "field_type"),
        ({"kind": "exclude", "filter": "price > 1", "facter": 2}, "/facter", "field_unknown"),
        ({"kind": "nothing"}, "/kind", "choice_unknown"),
        ({"filter": "price > 1"}, "/kind", "field_missing"),
        ({"kind": "boost", "filter": "price > 1", "factor": 0.5}, "/factor", "contradiction"),
        ({"kind": "boost", "filter": "price > 1", "factor": -1}, "/factor", "contradiction"),
        ({"kind": "bury", "filter": "price > 1", "factor": 1.5}, "/factor", "contradiction"),
        ({"kind": "bury", "filter": "price > 1", "factor": 0}, "/factor", "contradiction"),
        ({"kind": "bury", "filter": "price > 1", "factor": "0.5"}, "/factor", "field_type"),
        ({"kind": "pin", "item": "x", "position": 0}, "/position", "value_out_of_range"),
        ({"kind": "pin", "item": "", "position": 1}, "/item", "too_short"),
        ({"kind": "block", "items": []}, "/items", "too_short"),
        ({"kind": "block", "items": ["a", "b\n"]}, "/items/1", "id_control_character"),
        ({"kind": "diversify", "attribute": "nope", "at_most": 1}, "/attribute",
         "attribute_unknown"),
        ({"kind": "diversify", "attribute": "tags", "at_most": 1}, "/attribute",
         "attribute_wrong_type"),
        ({"kind": "fresh", "half_life_days": 0}, "/half_life_days", "value_out_of_range"),
        ({"kind": "fresh", "half_life_days": 7, "attribute": "price"}, "/attribute",
         "attribute_wrong_type"),
        ({"kind": "cap", "times": 0, "period_hours": 1}, "/times", "value_out_of_range"),
        ({"kind": "hook", "name": "mine"}, "/name", "hook_unknown"),
        ({**NO_EVEN, "when": "price > 1"}, "/when", "when_reads_items"),
        ({**NO_EVEN, "when": "$item.colour = 'x'"}, "/when", "filter_unknown_attribute"),
        ({**NO_EVEN, "placements": ["popular", "nowhere"]}, "/placements/1", "placement_unknown"),
        ({**NO_EVEN, "experiment": "e"}, "/experiment", "experiment_unknown"),
        ({**NO_EVEN, "variant": "b"}, "/variant", "contradiction"),
        ({**NO_EVEN, "starts_at": "soon"}, "/starts_at", "time_invalid"),
        ({**NO_EVEN, "starts_at": "2026-01-01T00:00:00"}, "/starts_at", "time_zone_missing"),
        ({**NO_EVEN, "starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-02T00:00:00Z"},
         "/ends_at", "contradiction"),
        ({**NO_EVEN, "id": "other"}, "/id", "ambiguous"),
        ({**NO_EVEN, "revision": "1"}, "/revision", "field_type"),
        ([], "", "field_type"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused_with_a_pointer_and_nothing_is_written(shop, rule, pointer, code):
    response = shop.put("/rules/wrong", json=rule)

    assert response.status_code == 422, response.text
    told = [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]]
    assert told == [(pointer, code)]
    assert shop.get("/rules/wrong").status_code == 404


def test_a_wrong_filter_is_told_with_its_position(shop):
    wrong = {"kind": "exclude", "filter": "price > 1 AND colour = 'x'"}

    assert shop.put("/rules/r", json=wrong).json()["errors"][0]["position"] == 14


@pytest.mark.parametrize("rule_id", ["a b", "a%2Fb", "%2E%2E", "x" * 65, "a:b", "%00", "-a"])
def test_an_id_that_is_none_is_refused(shop, rule_id):
    response = shop.put(f"/rules/{rule_id}", json=NO_EVEN)

    assert response.status_code in (404, 422)
    assert answered(shop.get("/rules"))["rules"] == []


def test_another_tenants_key_may_not_read_or_write_rules(own):
    stranger = own.client(own.key("twin"), "shop")

    for response in (
        stranger.get("/rules"),
        stranger.put("/rules/r", json=NO_EVEN),
        stranger.post("/rules:preview", json={}),
        stranger.get("/placements/similar"),
    ):
        assert response.status_code == 403
        assert response.json()["code"] == "forbidden"
    assert answered(own.of("shop").get("/rules"))["rules"] == []


def test_rules_of_one_tenant_change_no_answer_of_another(own):
    twin = own.of("twin")
    before = popular(twin)

    put(own.of("shop"), "r", NO_EVEN)

    assert popular(twin) == before


def test_a_key_that_may_only_serve_may_not_decide(own):
    serve = own.client(own.key("shop", "serve"), "shop")

    assert serve.get("/rules").status_code == 403
    assert serve.put("/placements/mine", json={}).status_code == 403


def test_a_pin_of_a_hidden_item_is_written_and_every_answer_says_that_it_is_not_shown(own):
    shop = own.of("shop")
    hidden = min(NEVER_SHOWN)
    put(shop, "p", {"kind": "pin", "item": hidden, "position": 1})

    answer = asked(shop, "popular")

    assert hidden not in ids(answer)
    assert "pin_not_shown" in codes(answer)


def test_a_pin_of_an_item_that_nobody_knows_says_so_at_once(own):
    written = put(own.of("shop"), "p", {"kind": "pin", "item": "ghost", "position": 1})

    assert [one["code"] for one in written["warnings"]] == ["pin_not_shown"]


def test_rules_outlive_the_process(own, folder):
    put(own.of("shop"), "r", NO_EVEN)

    with serving(store_in(folder)) as again:
        assert asked(again.of("shop"), "popular")["applied_rules"] == ["r"]
