"""The catalog over REST: what is written is known at once, what cannot be held is told."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor

import pytest


def imported(client, *lines, **headers):
    body = b"\n".join(
        line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines
    )
    return client.post("/items:import", content=body, headers=headers)


def popular(client, **query):
    items = client.get("/popular", params={"limit": 200, **query}).json()["items"]
    return {item["item_id"] for item in items}


def test_put_replaces_patch_adds_and_null_takes_away(own):
    shop = own.of("shop")

    shop.put("/items/a", json={"title": "A", "price": 1})
    shop.patch("/items/a", json={"price": 2, "taste": "new"})
    assert shop.get("/items/a").json() == {
        "item_id": "a", "title": "A", "price": 2, "taste": "new"
    }  # fmt: skip
    shop.patch("/items/a", json={"title": None})
    assert "title" not in shop.get("/items/a").json()
    shop.put("/items/a", json={"price": 3})
    assert shop.get("/items/a").json() == {"item_id": "a", "price": 3}


@pytest.mark.parametrize("content_type", [None, "application/x-www-form-urlencoded", "text/plain"])
def test_an_item_is_json_whatever_the_content_type_says(own, content_type):
    shop = own.of("shop")
    headers = {"content-type": content_type} if content_type else {}

    assert shop.put("/items/a", content=b'{"title": "A"}', headers=headers).status_code == 200
    assert shop.get("/items/a").json() == {"item_id": "a", "title": "A"}


def test_a_deleted_item_is_gone_and_may_come_back(own):
    shop = own.of("shop")
    assert "item-000000" in popular(shop)

    assert shop.delete("/items/item-000000").status_code == 204
    assert "item-000000" not in popular(shop)
    assert shop.get("/items/item-000000").json()["code"] == "item_unknown"

    shop.put("/items/item-000000", json={"title": "back"})
    assert "item-000000" in popular(shop)


@pytest.mark.parametrize(
    "hides",
    [
        {"available": False},
        {"available_until": "2020-01-01T00:00:00Z"},
        {"available_from": "2999-01-01T00:00:00Z"},
    ],
)
def test_a_change_counts_from_the_next_request_on(own, hides):
    shop = own.of("shop")
    shows = dict.fromkeys(hides)

    shop.patch("/items/item-000001", json=hides)
    assert "item-000001" not in popular(shop)
    assert "item-000001" not in popular(shop, filter="price = 1")
    shop.patch("/items/item-000001", json=shows)
    assert "item-000001" in popular(shop)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"price": "cheap"}, "item_invalid"),
        ({"nested": {"a": 1}}, "item_invalid"),
        ({"9lives": 1}, "item_invalid"),
        ({"item_id": "a"}, "item_invalid"),
        ({"available": "yes"}, "item_invalid"),
        ({"available_from": "tomorrow"}, "item_invalid"),
        ({"available_from": "2026-01-01T00:00:00"}, "item_invalid"),
        ({"title": "x" * 4001}, "item_invalid"),
        ({"tags": [1]}, "item_invalid"),
        ([], "request_invalid"),
        (None, "request_invalid"),
    ],
)
def test_what_the_catalog_cannot_hold_is_refused(shop, fields, code):
    response = shop.put("/items/refused", json=fields)

    assert response.status_code == 422
    assert response.json()["code"] == code
    assert shop.get("/items/refused").status_code == 404


@pytest.mark.parametrize("item_id", ["a%00b", "%0A", "x" * 257])
def test_an_id_that_cannot_be_one_is_refused(shop, item_id):
    assert shop.put(f"/items/{item_id}", json={}).status_code == 422


def test_a_number_beyond_all_bounds_is_no_accident(shop):
    body = b'{"price": ' + b"9" * 400 + b"}"
    response = shop.put("/items/a", content=body, headers={"content-type": "application/json"})

    assert response.status_code in (400, 422)


def test_an_import_keeps_good_lines_beside_bad_ones(own):
    shop = own.of("shop")
    answer = imported(
        shop,
        {"item_id": "good", "title": "A"},
        b"{broken",
        {"title": "nameless"},
        b"",
        {"item_id": "wrong", "price": "cheap"},
        {"item_id": "also good", "price": 5},
        b"[1]",
        b'{"item_id": "\xff"}',
    ).json()

    assert answer["accepted"] == 2
    assert [(one["line"], one["code"]) for one in answer["rejected"]] == [
        (2, "body_malformed"),
        (3, "request_invalid"),
        (5, "item_invalid"),
        (7, "request_invalid"),
        (8, "body_malformed"),
    ]
    assert shop.get("/items/good").json()["title"] == "A"
    assert shop.get("/items/also%20good").json()["price"] == 5


def test_an_import_may_be_packed(own):
    packed = gzip.compress(b'{"item_id": "packed"}')
    headers = {"content-encoding": "gzip"}
    response = own.of("shop").post("/items:import", content=packed, headers=headers)

    assert response.json() == {"accepted": 1, "rejected": []}


def test_the_first_value_fixes_the_type_even_for_the_same_item(own):
    shop = own.of("shop")
    answer = imported(shop, {"item_id": "a", "colour": "red"}, {"item_id": "a", "colour": 7}).json()

    assert answer["accepted"] == 1
    assert answer["rejected"][0]["line"] == 2
    assert shop.get("/items/a").json()["colour"] == "red"
    assert shop.get("/popular?filter=colour%20=%20'red'&limit=1").status_code == 200


def test_many_writers_at_once_lose_nothing(own):
    shop = own.of("shop")

    def put(number):
        response = shop.put(f"/items/many-{number}", json={"title": str(number)})
        return response.status_code, shop.get(f"/items/many-{number}").json().get("title")

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(put, range(24)))

    assert told == [(200, str(number)) for number in range(24)]
