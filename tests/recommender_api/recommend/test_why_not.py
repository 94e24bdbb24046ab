"""Of every item that is not in an answer, the first stage that stopped it."""

import pytest

from recommender_api.history.protocol import Recollection
from recommender_api.recommend.why_not import why_not
from recommender_models.bundle import RecentEvent
from recommender_store.catalog.cells import AttributeType
from tests.recommender_api.asking import answered
from tests.recommender_api.asking import asked as asked_of
from tests.recommender_api.asking import ids as ids_in
from tests.recommender_api.rules.shelf import NOW_S, asked, ids, loaded

ITEMS = {f"i{number}": {"brand": "house" if number % 2 else "other"} for number in range(6)}

TYPES = {"brand": AttributeType.STRING}


def stopped(outcome, item_id):
    (told,) = why_not(outcome.question, outcome.picked, [item_id])
    assert told["item_id"] == item_id
    assert told["detail"]
    return told


def why(wanted, items=ITEMS, rules=(), placements=(), recalled=None, **body):
    """Of an answer of two items, unless the request says otherwise."""
    shelf = loaded(items, rules, placements, types=TYPES)
    return stopped(asked(shelf, recalled=recalled, **{"limit": 2, **body}), wanted)


def test_an_item_of_the_answer_is_shown_at_its_rank():
    told = why("i1")

    assert (told["stage"], told["rank"]) == ("shown", 2)


def test_an_item_of_which_nobody_has_heard_is_unknown():
    assert why("nothing")["stage"] == "unknown"


def test_an_item_that_is_not_available_is_hidden():
    assert why("i0", ITEMS | {"i0": {"available": False}})["stage"] == "hidden"


def test_what_the_request_excludes_is_excluded():
    assert why("i0", exclude_item_ids=["i0"])["stage"] == "excluded"


def test_what_the_answer_starts_from_is_its_seed():
    assert why("i0", placement="similar", item_id="i0")["stage"] == "seed"


def test_what_the_user_has_seen_is_seen():
    recalled = Recollection([RecentEvent("view", "i0", int(NOW_S * 1000))])

    assert why("i0", recalled=recalled, user_id="u", exclude_seen=True)["stage"] == "seen"


def test_what_the_filter_holds_back_is_filtered():
    assert why("i0", filter="brand = 'house'")["stage"] == "filter"


def test_the_filter_of_a_placement_is_told_from_that_of_the_request():
    own = {"id": "mine", "sources": ["popular"], "filter": "brand = 'house'"}

    assert why("i0", placements=[own], placement="mine")["stage"] == "placement"


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "exclude", "filter": "brand = 'other'"},
        {"kind": "include", "filter": "brand = 'house'"},
        {"kind": "block", "items": ["i0"]},
    ],
)
def test_what_a_rule_takes_out_names_the_rule(rule):
    told = why("i0", rules=[rule | {"id": "mine"}])

    assert (told["stage"], told["by"]) == ("rule", "rule:mine")
    assert rule["kind"] in told["detail"]


def test_hidden_comes_before_excluded_and_excluded_before_filtered():
    given = {"filter": "brand = 'nothing'", "exclude_item_ids": ["i0", "i1"]}
    items = ITEMS | {"i0": {"available": False}}

    assert why("i0", items, **given)["stage"] == "hidden"
    assert why("i1", items, **given)["stage"] == "excluded"
    assert why("i2", items, **given)["stage"] == "filter"


def test_what_is_not_good_enough_is_outranked_by_the_last_that_was_shown():
    told = why("i3")

    assert (told["stage"], told["source"], told["rank"]) == ("outranked", "popular", 4)
    assert told["last_shown"] == {"item_id": "i1", "rank": 2, "score": 60.0}
    assert told["score"] == 40.0
    assert told["scores"]["sources"] == {"popular": 40.0}


def test_a_rank_is_that_after_the_rules():
    boost = {"id": "b", "kind": "boost", "filter": "item_id = 'i5'", "factor": 2.3}

    told = why("i1", rules=[boost], limit=1)

    assert (told["stage"], told["rank"]) == ("outranked", 2)
    assert why("i5", limit=1)["rank"] == 6
    assert why("i5", rules=[boost], limit=1)["rank"] == 4


def test_what_a_quota_holds_back_has_no_room():
    rule = {"id": "mixed", "kind": "diversify", "attribute": "brand", "at_most": 1}

    told = why("i2", rules=[rule], limit=3)

    assert (told["stage"], told["by"], told["rank"]) == ("no_room", "rule:mixed", 3)


def test_a_second_item_of_a_group_has_no_room():
    items = ITEMS | {"i0": {"group_id": "g"}, "i1": {"group_id": "g"}}

    told = why("i1", items)

    assert (told["stage"], told["by"]) == ("no_room", "same_group")


def test_what_no_source_gives_is_no_candidate():
    told = why("i0", placement="recently_viewed", user_id="u")

    assert told["stage"] == "no_candidate"
    assert "recently_viewed" in told["detail"]


def test_what_only_a_later_source_gives_is_not_reached():
    items = ITEMS | {"fresh": {"created_at": "2026-11-20T00:00:00Z"}}
    shelf = loaded(items)
    shelf.popular.rows.resize(len(ITEMS), refcheck=False)
    shelf.popular.scores.resize(len(ITEMS), refcheck=False)

    told = stopped(asked(shelf, limit=2), "fresh")

    assert (told["stage"], told["source"], told["rank"]) == ("not_reached", "newest", 1)


def test_what_is_too_much_like_others_is_told_so():
    items = {f"{brand}{number}": {"brand": brand} for brand in "xy" for number in range(10)}
    outcome = asked(loaded(items, types=TYPES), limit=2, diversity=1.0)

    assert ids(outcome) == ["x0", "y0"]
    assert "diversity" in stopped(outcome, "x1")["detail"]


def test_nothing_is_told_where_nothing_was_ranked():
    outcome = asked(loaded(ITEMS), validate_only=True)

    assert why_not(outcome.question, outcome.picked, ["i0"]) == []


def test_every_item_of_a_catalog_is_told_of_and_those_of_the_answer_alone_are_shown(shop):
    answer = asked_of(
        shop,
        "for_you",
        user_id="user-000001",
        filter="price < 120",
        explain=True,
        why_not=[f"item-{number:06d}" for number in range(20)],
    )

    told = {one["item_id"]: one["stage"] for one in answer["explanation"]["why_not"]}
    assert len(told) == 20
    assert {item for item, stage in told.items() if stage == "shown"} == {*ids_in(answer)} & {*told}
    assert told["item-000003"] == told["item-000005"] == "hidden"


def test_what_is_far_down_a_source_has_its_rank_there(shop):
    answer = asked_of(shop, "popular", limit=1, explain=True)
    everything = ids_in(asked_of(shop, "popular", limit=180))
    last = everything[-1]

    told = asked_of(shop, "popular", limit=1, explain=True, why_not=[last])["explanation"][
        "why_not"
    ]

    assert answer["items"][0]["item_id"] == told[0]["last_shown"]["item_id"]
    assert told[0]["stage"] == "outranked"
    assert told[0]["rank"] >= len(everything)


def test_why_not_is_part_of_an_explanation(shop):
    response = shop.get("/popular", params={"why_not": "item-000001"})

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/why_not"
    assert response.json()["errors"][0]["code"] == "contradiction"


def test_an_ordinary_explanation_tells_of_no_item_that_nobody_asked_for(shop):
    assert "why_not" not in asked_of(shop, "popular", explain=True)["explanation"]


def test_an_answer_of_the_past_is_asked_again(own):
    shop = own.of("shop")
    answer = asked_of(shop, "similar", item_id="item-000000", limit=3, explain=True)
    shown, path = ids_in(answer)[0], f"/recommendations/{answer['recommendation_id']}"

    found = answered(shop.get(path, params={"why_not": f"{shown},item-000000,item-000003"}))

    assert found["why_not"]["moved"] == []
    told = {one["item_id"]: one["stage"] for one in found["why_not"]["items"]}
    assert told == {shown: "shown", "item-000000": "seed", "item-000003": "hidden"}


def test_what_moved_since_the_answer_is_said(own):
    shop = own.of("shop")
    answer = asked_of(shop, "popular", user_id="ann", limit=3, explain=True)
    shown = ids_in(answer)[0]
    rule = {"id": "gone", "kind": "block", "items": [shown]}
    assert shop.put("/rules/gone", json=rule).status_code in {200, 201}
    assert shop.post("/models:rollback").status_code == 200
    newcomer = ids_in(asked_of(shop, "popular", user_id="ann", limit=3))[-1]

    found = answered(
        shop.post(
            "/recommendations:lookup",
            json={
                "recommendation_id": answer["recommendation_id"],
                "why_not": [shown, newcomer],
            },
        )
    )

    assert {"model", "rules"} <= set(found["why_not"]["moved"])
    was, now = found["why_not"]["items"]
    assert (was["stage"], was["rank"]) == ("shown", 1)
    assert now["stage"] == "shown_now"
    assert found["model"] == answer["model"]


def test_what_the_user_did_since_is_said(own):
    shop = own.of("shop")
    answer = asked_of(shop, "for_you", user_id="ann", limit=3, explain=True)
    seen = ids_in(answer)[0]
    event = {"event_id": "v", "kind": "view", "user_id": "ann", "item_id": seen}
    at = asked_of(shop, "popular", explain=True)
    looked = answered(shop.get(f"/recommendations/{at['recommendation_id']}"))
    event["occurred_at"] = looked["answered_at"]
    assert shop.post("/events", json={"events": [event]}).json()["accepted"] == 1

    path = f"/recommendations/{answer['recommendation_id']}"
    found = answered(shop.get(path, params={"why_not": seen}))

    assert found["why_not"]["moved"] == ["history"]
    assert found["why_not"]["items"][0]["stage"] == "shown"
