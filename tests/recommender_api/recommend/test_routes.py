"""Every recommend route, as the contract tells it, over HTTP."""

import pytest

from tests.recommender_api.asking import answered, asked, codes, ids
from tests.recommender_api.shops import GROUPED, NEVER_SHOWN, NEW, world_of

ENVELOPE = {
    *("recommendation_id", "placement", "items", "model", "served_by", "degraded"),
    *("applied_rules", "experiment", "warnings"),
}
SEED, USER = "item-000000", "user-000001"
BUILT_IN = [
    *("similar", "bought_together", "for_you", "basket", "popular", "trending", "newest"),
    *("recently_viewed", "buy_again"),
]


def seen_by(user_id: str) -> set[str]:
    return {done.item_id for done in world_of("shop").interactions if done.user_id == user_id}


@pytest.mark.parametrize(
    "path", [f"/items/{SEED}/similar", f"/users/{USER}/recommendations", "/popular"]
)
def test_every_get_answers_the_whole_envelope(shop, path):
    answer = answered(shop.get(path))

    assert set(answer) == ENVELOPE
    assert answer["recommendation_id"].startswith("rec_")
    assert set(answer["model"]) == {"version", "trained_at", "data_until"}
    assert answer["degraded"] is False
    assert [item["rank"] for item in answer["items"]] == list(range(1, 11))
    assert {*answer["items"][0]} == {"item_id", "score", "rank", "source", "reason"}


@pytest.mark.parametrize("placement", BUILT_IN)
def test_every_built_in_placement_answers_and_says_its_name(shop, placement):
    answer = asked(shop, placement, user_id=USER, item_id=SEED)

    assert answer["placement"] == placement
    assert answer["items"] or "empty" in codes(answer)


def test_an_unknown_placement_is_told_the_known_ones(shop):
    response = shop.post("/placements/nowhere:recommend", json={})

    assert response.status_code == 404
    assert response.json()["code"] == "placement_unknown"
    assert all(name in response.json()["detail"] for name in BUILT_IN)


def test_similar_items_are_of_the_taste_of_the_seed_and_never_the_seed(shop):
    answer = answered(shop.get(f"/items/{SEED}/similar"))
    tastes = [world_of("shop").taste_of_item[item] for item in ids(answer)]

    assert answer["served_by"] == "model"
    assert tastes.count(0) >= 9
    assert SEED not in ids(answer)
    assert answer["items"][0]["reason"] == f"similar_to:{SEED}"


def test_recommendations_are_of_the_users_taste_and_new_to_the_user(shop):
    answer = answered(shop.get(f"/users/{USER}/recommendations"))
    tastes = [world_of("shop").taste_of_item[item] for item in ids(answer)]

    assert answer["served_by"] == "model"
    assert tastes[:4] == [1] * 4  # there are few of them left
    assert not seen_by(USER) & set(ids(answer))


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_the_limit_is_obeyed_and_ranks_have_no_gap(shop, limit):
    answer = answered(shop.get(f"/popular?limit={limit}"))

    assert len(answer["items"]) <= limit
    assert len(answer["items"]) == limit or limit > 190
    assert [item["rank"] for item in answer["items"]] == [*range(1, len(answer["items"]) + 1)]
    assert len(set(ids(answer))) == len(ids(answer))


def test_scores_descend_within_a_source(shop):
    answer = answered(shop.get(f"/items/{SEED}/similar?limit=200"))

    for source in {item["source"] for item in answer["items"]}:
        scores = [item["score"] for item in answer["items"] if item["source"] == source]
        assert scores == sorted(scores, reverse=True)


def test_an_unknown_user_is_answered_from_the_next_tier_with_a_warning(shop):
    answer = answered(shop.get("/users/nobody/recommendations"))

    assert answer["served_by"] == "popular"
    assert len(answer["items"]) == 10
    assert "user_unknown" in codes(answer)


def test_an_unknown_item_is_answered_from_the_next_tier_with_a_warning(shop):
    answer = answered(shop.get("/items/nothing/similar"))

    assert answer["served_by"] == "popular"
    assert len(answer["items"]) == 10
    assert "item_unknown" in codes(answer)


def test_an_unknown_item_gives_nothing_when_fewer_will_do(shop):
    answer = answered(shop.get("/items/nothing/similar?when_short=fewer"))

    assert answer["items"] == []
    assert codes(answer) >= {"item_unknown", "empty"}


def test_an_item_that_no_model_knows_yet_is_a_fine_seed(shop):
    answer = answered(shop.get(f"/items/{NEW}/similar"))

    assert answer["served_by"] == "popular"
    assert "item_unknown" not in codes(answer)


def test_many_unknown_items_are_one_warning(shop):
    answer = asked(shop, "basket", item_ids=[f"nothing-{n}" for n in range(100)])
    told = [one["detail"] for one in answer["warnings"] if one["code"] == "item_unknown"]

    assert told == ["nothing is known of 'nothing-0', 'nothing-1', 'nothing-2' and 97 more yet"]


def test_a_tenant_without_anything_answers_empty_and_says_why(served):
    answer = answered(served.of("empty").get("/popular"))

    assert answer["items"] == []
    assert answer["model"] is None
    assert codes(answer) == {"no_model", "empty"}


@pytest.mark.parametrize("asks", [{}, {"filter": "price >= 0"}, {"when_short": "fewer"}])
@pytest.mark.parametrize("placement", BUILT_IN)
def test_nothing_hidden_is_ever_returned_in_any_tier(shop, placement, asks):
    for who in ({"item_id": "item-000013"}, {"user_id": USER}, {"session_id": "s"}, {}):
        answer = asked(shop, placement, limit=200, **who, **asks)

        assert not NEVER_SHOWN & set(ids(answer))


def test_hidden_items_are_seeds_all_the_same(shop):
    answer = answered(shop.get("/items/item-000003/similar"))

    assert answer["served_by"] == "model"
    assert "item-000003" not in ids(answer)


@pytest.mark.parametrize("placement", ["similar", "for_you", "popular", "newest"])
def test_of_a_group_at_most_one_item_is_returned(shop, placement):
    answer = asked(shop, placement, limit=200, item_id="item-000024", user_id="user-000008")

    assert len(GROUPED & set(ids(answer))) <= 1


def test_excluded_items_do_not_come_back_from_any_tier(shop):
    first = ids(answered(shop.get(f"/items/{SEED}/similar?limit=20")))
    answer = asked(shop, item_id=SEED, limit=200, exclude_item_ids=first)

    assert len(answer["items"]) > 100
    assert not set(first) & set(ids(answer))


@pytest.mark.parametrize(
    ("exclude_seen", "comes_back"),
    [(True, False), (False, True), (["view"], False), (["purchase"], True), ([], True)],
)
def test_seen_items_stay_away_as_the_caller_says(shop, exclude_seen, comes_back):
    answer = asked(shop, "for_you", user_id=USER, limit=200, exclude_seen=exclude_seen)
    seen = seen_by(USER) - NEVER_SHOWN - GROUPED

    assert bool(seen & set(ids(answer))) is comes_back


def test_a_placement_that_is_not_personal_keeps_seen_items_unless_told(shop):
    answer = asked(shop, "popular", user_id=USER, limit=200)
    seen = seen_by(USER) - NEVER_SHOWN - GROUPED

    assert seen <= set(ids(answer))
    assert not seen & set(ids(asked(shop, "popular", user_id=USER, limit=200, exclude_seen=True)))


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("taste = 'taste-3'", lambda n: n % 8 == 3),
        ("price BETWEEN 10 AND 20", lambda n: 10 <= n <= 20),
        ("NOT tags CONTAINS 'even'", lambda n: n % 2 == 1),
        ("taste IN ('taste-1', 'taste-2') AND price > 100", lambda n: n % 8 in (1, 2) and n > 100),
    ],
)
@pytest.mark.parametrize("placement", ["similar", "for_you", "popular", "newest"])
def test_a_filter_holds_in_every_tier_and_leaves_out_nothing(shop, placement, text, passes):
    answer = asked(
        shop, placement, filter=text, limit=200, user_id="u", exclude_seen=False, item_id="x"
    )
    matching = {f"item-{n:06d}" for n in range(200) if passes(n)} - NEVER_SHOWN
    extra = {NEW} if text.startswith("NOT") else set()

    assert set(ids(answer)) - GROUPED == (matching | extra) - GROUPED


@pytest.mark.parametrize(
    ("placement", "source"), [("popular", "popular"), ("for_you", "personal"), ("newest", "newest")]
)
def test_what_few_items_pass_is_found_however_far_down_they_are(shop, placement, source):
    answer = asked(shop, placement, filter="price >= 190", limit=3, user_id=USER)

    assert [item["source"] for item in answer["items"]] == [source] * 3
    assert min(int(item[-6:]) for item in ids(answer)) >= 190


def test_a_filter_may_speak_of_the_seed_item(shop):
    answer = asked(shop, item_id="item-000011", filter="taste = $item.taste", limit=200)

    assert len(answer["items"]) > 20
    assert {int(item[-6:]) % 8 for item in ids(answer)} == {3}


def test_a_filter_may_speak_of_the_context(shop):
    answer = asked(shop, filter="price <= $context.budget", context={"budget": 12}, limit=200)

    assert max(int(item[-6:]) for item in ids(answer)) == 12


def test_a_wrong_filter_is_told_where(shop):
    response = shop.post("/placements/popular:recommend", json={"filter": "nothing = 'x'"})
    fault = response.json()["errors"][0]

    assert response.status_code == 422
    assert fault["pointer"] == "/filter"
    assert fault["position"] == 0


def test_a_filter_of_more_than_4000_characters_is_refused(shop):
    text = " OR ".join(["price = 1"] * 400)
    response = shop.post("/placements/popular:recommend", json={"filter": text})

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/filter"


def test_fields_are_returned_with_each_item_and_missing_ones_left_out(shop):
    answer = answered(shop.get("/popular?fields=title,price&fields=nothing"))
    first = answer["items"][0]
    number = int(first["item_id"][-6:])

    assert first["attributes"] == {"title": f"shop item {number}", "price": number}


def test_validate_only_ranks_nothing(shop):
    answer = asked(shop, item_id=SEED, validate_only=True)

    assert answer["items"] == []
    assert "validate_only" in codes(answer)


def test_explain_tells_what_each_source_gave_and_what_was_taken_out(shop):
    answer = asked(shop, "popular", explain=True, limit=200)

    assert answer["explanation"]["candidates"]["popular"] > 100
    assert answer["explanation"]["removed"] == {"hidden": len(NEVER_SHOWN), "same_group": 2}
    named = {one["item_id"]: one["by"] for one in answer["explanation"]["removed_items"]}
    assert {item for item, by in named.items() if by == "hidden"} == NEVER_SHOWN


def test_a_basket_is_answered_by_what_goes_with_all_of_it(shop):
    answer = asked(shop, "basket", item_ids=["item-000016", "item-000024", "item-000024"])

    assert answer["served_by"] == "model"
    assert {int(item[-6:]) % 8 for item in ids(answer)[:5]} == {0}
    assert not {"item-000016", "item-000024"} & set(ids(answer))


def test_newest_items_come_by_their_creation(shop):
    answer = asked(shop, "newest", limit=1)

    assert ids(answer) == [NEW]
    assert answer["served_by"] == "newest"
