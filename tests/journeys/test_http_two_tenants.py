"""Two tenants in one process, with the same ids, never see each other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from tests.recommender_api.shops import NEVER_SHOWN, TASTES, world_of

ASKED = [
    *(f"/items/item-{n:06d}/similar?limit=20&fields=title" for n in (0, 4, 17, 100)),
    *(f"/users/user-{n:06d}/recommendations?limit=20&fields=title" for n in (0, 1, 42)),
    "/users/same-stranger/recommendations?limit=20&fields=title",
    "/popular?limit=100&fields=title",
]


def answers(client):
    return [client.get(path).json()["items"] for path in ASKED]


def test_the_same_ids_mean_other_things_to_each_tenant(own):
    for tenant in TASTES:
        client = own.of(tenant)
        world = world_of(tenant)
        similar = client.get("/items/item-000000/similar?fields=title").json()["items"]

        assert [world.taste_of_item[item["item_id"]] for item in similar[:5]] == [0] * 5
        for items in answers(client):
            assert items
            assert all(item["attributes"]["title"].startswith(tenant) for item in items
                       if item["item_id"] != "brand-new")  # fmt: skip
            assert not {item["item_id"] for item in items} & NEVER_SHOWN


def test_nothing_that_one_tenant_does_changes_an_answer_of_the_other(own):
    shop, twin = own.of("shop"), own.of("twin")
    before = answers(twin)
    models = shop.get("/models").json()
    older = next(m["version"] for m in models["models"] if m["version"] != models["current"])
    happened = [
        {"event_id": f"e{n}", "kind": "view", "item_id": f"item-{n:06d}"}
        | {"user_id": user, "occurred_at": datetime.now(UTC).isoformat()}
        for n, user in enumerate(["same-stranger", "user-000000", "user-000001"] * 5)
    ]

    shop.post("/events", json={"events": happened})
    shop.patch("/items/item-000004", json={"available": False, "title": "of the shop"})
    shop.delete("/items/item-000010")
    shop.put("/items/only-in-shop", json={"title": "x", "colour": "red"})
    shop.post(f"/models/{older}:promote")

    assert answers(twin) == before
    assert twin.get("/items/only-in-shop").status_code == 404
    assert twin.get(f"/models/{older}").status_code == 404
    assert twin.get("/popular?filter=colour%20=%20'red'").status_code == 422
    assert [run["version"] for run in twin.get("/runs").json()["runs"]] != [older]


def test_side_by_side_under_load_each_gets_its_own(own):
    clients = {tenant: own.of(tenant) for tenant in TASTES}
    expected = {tenant: answers(client) for tenant, client in clients.items()}

    def ask(number):
        tenant = list(TASTES)[number % 2]
        return answers(clients[tenant]) == expected[tenant]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(32)))


def test_an_event_id_of_one_tenant_is_no_duplicate_of_the_others(own):
    event = {"event_id": "same", "kind": "view", "user_id": "u", "item_id": "item-000001"}
    body = {"events": [{**event, "occurred_at": "2026-03-01T00:00:00Z"}]}

    for tenant in TASTES:
        assert own.of(tenant).post("/events", json=body).json()["accepted"] == 1
