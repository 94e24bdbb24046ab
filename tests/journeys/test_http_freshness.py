"""What just happened changes the next answer, and survives a restart."""

from datetime import UTC, datetime

from tests.recommender_api.served import serving, store_in, until
from tests.recommender_api.shops import world_of


def now():
    return datetime.now(UTC).isoformat()


def events(*items, user_id="stranger", kind="view", **more):
    return {
        "events": [
            {"event_id": f"{user_id}-{kind}-{item}", "kind": kind, "item_id": item}
            | {"user_id": user_id, "occurred_at": now(), **more}
            for item in items
        ]
    }


def for_you(client, user_id="stranger", **query):
    return client.get(f"/users/{user_id}/recommendations", params=query).json()


def ids(answer):
    return [item["item_id"] for item in answer["items"]]


def tastes(answer):
    return [world_of("shop").taste_of_item[item] for item in ids(answer)]


def test_a_strangers_first_views_decide_the_next_answer(own):
    shop = own.of("shop")
    assert for_you(shop)["served_by"] == "popular"

    shop.post("/events", json=events("item-000002", "item-000010", "item-000018"))
    answer = for_you(shop)

    assert answer["served_by"] == "model"
    assert tastes(answer)[:3] == [2] * 3
    assert not {"item-000002", "item-000010", "item-000018"} & set(ids(answer))


def test_an_anonymous_session_is_answered_by_what_it_did(own):
    shop = own.of("shop")
    viewed = ["item-000002", "item-000010", "item-000018"]
    shop.post("/events", json=events(*viewed, user_id=None, session_id="s"))
    body = {"session_id": "s"}
    answer = shop.post("/placements/for_you:recommend", json=body).json()

    assert answer["served_by"] in ("model", "session")
    assert tastes(answer)[0] == 2
    assert not set(viewed) & set(ids(answer))


def test_what_was_bought_is_there_to_buy_again_and_nowhere_else(own):
    shop = own.of("shop")
    shop.post("/events", json=events("item-000002", kind="purchase", value=9.5))
    again = shop.post("/placements/buy_again:recommend", json={"user_id": "stranger"}).json()

    assert ids(again) == ["item-000002"]
    assert "item-000002" not in ids(for_you(shop, limit=200))


def test_a_restart_changes_no_answer(own, folder):
    shop = own.of("shop")
    shop.post("/events", json=events("item-000002", "item-000010"))
    shop.post("/events", json=events("item-000003", "item-000011", user_id="other"))
    asked = [
        ("stranger", {}),
        ("other", {"exclude_seen": "view"}),
        ("user-000001", {"limit": 50}),
    ]
    before = [for_you(shop, user, **query)["items"] for user, query in asked]

    with serving(store_in(folder)) as again:
        client = again.of("shop")
        after = [for_you(client, user, **query)["items"] for user, query in asked]

    assert after == before


def test_events_that_the_command_line_imported_are_learned_while_serving(own, folder):
    shop = own.of("shop")
    assert "user_unknown" in str(for_you(shop)["warnings"])

    elsewhere = store_in(folder).tenant("shop")
    raw = events("item-000002", "item-000010", "item-000018")["events"]
    elsewhere.events.append_events(raw, now())
    elsewhere.events.compact()
    elsewhere.announce("events")

    until(lambda: for_you(shop)["served_by"] == "model")
    assert tastes(for_you(shop))[0] == 2


def test_a_catalog_change_of_another_process_is_seen_within_seconds(own, folder):
    from recommender_store.catalog.log import ItemFields

    shop = own.of("shop")
    elsewhere = store_in(folder).tenant("shop")
    elsewhere.catalog.write([ItemFields("item-000000", {"available": False})])
    elsewhere.announce("catalog")

    def popular():
        return ids(shop.get("/popular?limit=200").json())

    until(lambda: "item-000000" not in popular())


def test_a_new_tenant_has_something_popular_as_soon_as_it_has_events(own):
    empty = own.of("empty")
    assert ids(empty.get("/popular").json()) == []

    empty.post("/events", json=events("a", "b", user_id="ann"))
    empty.post("/events", json=events("b", user_id="bob"))

    until(lambda: ids(empty.get("/popular").json()) == ["b", "a"])
    assert empty.get("/popular").json()["served_by"] == "popular"


def test_an_item_put_into_the_catalog_has_neighbours_by_what_it_says_without_a_training(own):
    shop = own.of("shop")
    lamp = {"title": "Lamp", "taste": "taste-2"}
    shop.put("/items/lamp", json=lamp).raise_for_status()

    def beside(item_id):
        return shop.get(f"/items/{item_id}/similar?when_short=fewer").json()

    until(lambda: ids(beside("lamp")))
    answer = beside("lamp")
    assert tastes(answer) == [2] * 10
    assert {one["reason"] for one in answer["items"]} == {"described_like:lamp"}
    assert (answer["served_by"], answer["warnings"]) == ("model", [])

    shop.put("/items/shade", json={"title": "LAMP"}).raise_for_status()
    until(lambda: "shade" in ids(beside("lamp")))
    assert ids(beside("shade")) == ["lamp"]

    shop.delete("/items/shade").raise_for_status()
    assert "shade" not in ids(beside("lamp"))


def test_a_new_item_comes_up_beside_those_that_people_had(own):
    shop = own.of("shop")
    known = shop.get("/items/item-000002").json()
    shop.put("/items/twin", json={"title": known["title"], "taste": "taste-2"}).raise_for_status()

    def described():
        asked = shop.get("/items/item-000002/similar?limit=200&when_short=fewer").json()
        return [one["item_id"] for one in asked["items"] if one["source"] == "described_alike"]

    until(lambda: "twin" in described())
