"""Keys and tokens: when they live, and how soon the door knows that they do not."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from recommender_api.access.caller import Doorkeeper
from recommender_api.errors import AdminRequired, KeyMissing
from recommender_store.errors import StoreUnavailable
from tests.recommender_api.served import AUTHOR, serving, store_in, until


def status(client, path="/popular"):
    return client.get(path).status_code


def test_a_revoked_key_is_worthless_at_once(own):
    made = own.admin.post("/v1/tenants/shop/keys", json={"name": "web", "scopes": ["serve"]}).json()
    client = own.client(made["secret"], "shop")
    assert status(client) == 200

    own.admin.delete(f"/v1/tenants/shop/keys/{made['key_id']}")

    assert status(client) == 401


def test_a_key_that_another_process_revoked_is_worthless_within_seconds(own, folder):
    key = own.key("shop")
    client = own.client(key, "shop")
    assert status(client) == 200

    elsewhere = store_in(folder).tenant("shop")
    elsewhere.keys.revoke(key.split("_")[2], author=AUTHOR)
    elsewhere.announce("keys")

    until(lambda: status(client) == 401)


def test_a_key_that_has_expired_is_worthless_even_where_it_was_known(own):
    ring = own.store.tenant("shop").keys
    soon = datetime.now(UTC) + timedelta(seconds=2)
    secret = ring.create("web", ["serve"], author=AUTHOR, expires_at=soon).secret
    client = own.client(secret, "shop")
    assert status(client) == 200

    until(lambda: status(client) == 401)


def test_an_expiry_without_a_zone_is_refused(own):
    body = {"name": "web", "scopes": ["serve"], "expires_at": "2030-01-01T00:00:00"}
    response = own.admin.post("/v1/tenants/shop/keys", json=body)

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/expires_at"


def test_a_key_that_was_let_in_opens_while_its_store_is_out_of_reach_and_not_when_revoked(folder):
    store = store_in(folder)
    space = store.tenant("shop")
    made = space.keys.create("web", ["serve"], author=AUTHOR)
    read = space.keys.records

    def out_of_reach():
        raise StoreUnavailable(action="read", reason="no network")

    async def outage() -> None:
        doorkeeper = Doorkeeper(lambda _: space, store.signing, {})
        known = await doorkeeper.caller(made.secret)
        space.keys.records = out_of_reach
        await doorkeeper.renew()
        assert await doorkeeper.caller(made.secret) == known

        space.keys.records = read
        space.keys.revoke(made.record.key_id, author=AUTHOR)
        await doorkeeper.renew()
        with pytest.raises(KeyMissing):
            await doorkeeper.caller(made.secret)

    asyncio.run(outage())


def test_a_key_that_did_not_change_is_not_looked_up_by_a_request_again(folder):
    store = store_in(folder)
    space = store.tenant("shop")
    made = space.keys.create("web", ["serve"], author=AUTHOR)

    async def ask() -> None:
        doorkeeper = Doorkeeper(lambda _: space, store.signing, {})
        await doorkeeper.caller(made.secret)
        await doorkeeper.renew()
        space.keys.records = None
        await doorkeeper.caller(made.secret)

    asyncio.run(ask())


def test_what_was_read_before_a_revocation_is_not_remembered_after_it(folder):
    store = store_in(folder)
    space = store.tenant("shop")
    made = space.keys.create("web", ["serve"], author=AUTHOR)
    records, has_read, go_on = space.keys.records, threading.Event(), threading.Event()

    def slowly():
        found = records()
        has_read.set()
        go_on.wait(60)
        return found

    space.keys.records = slowly

    async def race() -> None:
        doorkeeper = Doorkeeper(lambda _: space, store.signing, {})
        looking = asyncio.create_task(doorkeeper.caller(made.secret))
        await asyncio.to_thread(has_read.wait, 5)
        space.keys.revoke(made.record.key_id, author=AUTHOR)
        doorkeeper.forget(space.tenant_id)
        go_on.set()
        await looking
        with pytest.raises(KeyMissing):
            await doorkeeper.caller(made.secret)

    asyncio.run(race())


def test_without_admins_platform_routes_answer_403_to_everybody(folder):
    with serving(store_in(folder), admin_tokens={}) as served:
        for secret in (None, "whatever", served.key("shop")):
            response = served.client(secret).get("/v1/tenants")

            assert response.status_code == 403
            assert "RECOMMENDER_ADMIN_TOKEN" in response.json()["detail"]


def test_in_dev_mode_whoever_shows_nothing_is_an_admin_and_a_wrong_key_is_still_wrong(folder):
    with serving(store_in(folder), admin_tokens={}, dev=True) as served:
        assert served.client().get("/v1/tenants").status_code == 200
        assert served.client(tenant="shop").get("/popular").status_code == 200
        assert served.client("wrong", "shop").get("/popular").status_code == 401
        assert served.client(served.key("twin"), "shop").get("/popular").status_code == 403


def test_an_admin_is_told_that_a_tenant_does_not_exist(served):
    for path in ("/popular", "/models", "/items/a", ""):
        response = served.admin.get(f"/v1/tenants/no-such-shop{path}")

        assert response.status_code == 404
        assert response.json()["code"] == "tenant_unknown"
    assert served.admin.get("/v1/tenants/NO%20SHOP").json()["code"] == "tenant_id_invalid"


def test_a_caller_who_is_an_admin_is_known_by_name():
    async def named() -> str:
        doorkeeper = Doorkeeper(None, None, {"one": "ann", "two": "bob"})
        return (await doorkeeper.admin("two")).name

    assert asyncio.run(named()) == "bob"


def test_a_door_without_admins_asks_for_none():
    async def asked() -> None:
        await Doorkeeper(None, None, {}).admin("two")

    with pytest.raises(AdminRequired):
        asyncio.run(asked())
