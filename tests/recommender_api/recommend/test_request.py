"""What may be asked, one by one and in a batch, and how mistakes are told."""

import pytest

from tests.recommender_api.asking import answered, asked, codes, ids

SEED, USER = "item-000000", "user-000001"


def test_a_batch_answers_each_in_its_order(shop):
    requests = [
        {"placement": "similar", "item_id": SEED},
        {"placement": "for_you", "user_id": USER, "limit": 3},
        {"placement": "newest", "limit": 1},
    ]
    answers = answered(shop.post("/recommendations:batch", json={"requests": requests}))["answers"]

    assert [answer["placement"] for answer in answers] == ["similar", "for_you", "newest"]
    assert [len(answer["items"]) for answer in answers] == [10, 3, 1]
    assert ids(answers[0]) == ids(answered(shop.get(f"/items/{SEED}/similar")))


@pytest.mark.parametrize(
    ("requests", "pointer"),
    [
        ([], "/requests"),
        ([{"placement": "popular"}] * 101, "/requests"),
        ([{"placement": "popular"}, {"limit": 1}], "/requests/1/placement"),
        ([{"placement": "popular", "limit": 0}], "/requests/0/limit"),
        ([{"placement": "popular"}, {"placement": "popular", "x": 1}], "/requests/1/x"),
    ],
)
def test_a_batch_with_a_mistake_is_refused_with_its_place(shop, requests, pointer):
    response = shop.post("/recommendations:batch", json={"requests": requests})

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"limit": 0}, "/limit"),
        ({"limit": 201}, "/limit"),
        ({"limit": "5"}, "/limit"),
        ({"limit": True}, "/limit"),
        ({"explain": "yes"}, "/explain"),
        ({"user_id": 5}, "/user_id"),
        ({"user_id": ""}, "/user_id"),
        ({"user_id": "a\nb"}, "/user_id"),
        ({"user_id": "x" * 257}, "/user_id"),
        ({"item_ids": ["a", "", "b"]}, "/item_ids/1"),
        ({"item_ids": "a"}, "/item_ids"),
        ({"exclude_seen": "view"}, "/exclude_seen"),
        ({"exclude_seen": ["nothing"]}, "/exclude_seen"),
        ({"diversity": 1.5}, "/diversity"),
        ({"when_short": "maybe"}, "/when_short"),
        ({"context": []}, "/context"),
        ({"wrong/~name": 1}, "/wrong~1~0name"),
        ([], ""),
        ("text", ""),
    ],
)
def test_a_wrong_body_is_refused_with_a_pointer(shop, body, pointer):
    response = shop.post("/placements/popular:recommend", json=body)

    assert response.status_code == 422
    assert response.json()["code"] == "request_invalid"
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]


def test_every_wrong_field_is_told_at_once(shop):
    response = shop.post("/placements/popular:recommend", json={"limit": 0, "diversity": 2, "x": 1})
    pointers = {fault["pointer"] for fault in response.json()["errors"]}

    assert pointers == {"/limit", "/diversity", "/x"}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=ten", "/limit"),
        ("limit=1&limit=2", "/limit"),
        ("user=u", "/user"),
        ("explain=perhaps", "/explain"),
        ("trend=maybe", "/trend"),
        ("context=%7B%7D", "/context"),
        ("filter=", "/filter"),
        ("exclude_seen=true,view", "/exclude_seen"),
        ("session_id=a%00b", "/session_id"),
    ],
)
def test_a_wrong_query_is_refused_with_a_pointer(shop, query, pointer):
    response = shop.get(f"/popular?{query}")

    assert response.status_code == 422, response.text
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]


def test_a_query_that_contradicts_its_path_is_refused(shop):
    same = shop.get(f"/items/{SEED}/similar?item_id={SEED}")
    other = shop.get(f"/items/{SEED}/similar?item_id=item-000001")

    assert same.status_code == 200
    assert other.status_code == 422


def test_lists_in_a_query_are_repeated_or_separated_by_commas(shop):
    one = shop.get("/popular?exclude_item_ids=item-000000,item-000001&exclude_item_ids=item-000002")
    other = asked(shop, "popular", exclude_item_ids=[f"item-00000{n}" for n in range(3)])

    assert ids(answered(one)) == ids(other)


def test_where_nothing_is_trending_what_is_popular_answers_and_a_warning_says_so(shop):
    rising = answered(shop.get("/popular?trend=true"))

    assert (rising["placement"], rising["served_by"]) == ("trending", "popular")
    assert codes(rising) == {"slot_empty"}
    assert answered(shop.get("/popular?trend=false"))["warnings"] == []
