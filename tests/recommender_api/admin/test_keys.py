"""Keys are rotated, by admins and by those who may do as much, and tell when they were used."""

import asyncio
from datetime import datetime, timedelta

import pytest

from tests.recommender_api.served import AUTHOR, store_in, until

KEYS = "/v1/tenants/shop/keys"


def made(own, *scopes, name="web", **more):
    body = {"name": name, "scopes": scopes or ["serve"], **more}
    return own.admin.post(KEYS, json=body).json()


def opens(own, secret):
    return own.client(secret, "shop").get("/popular").status_code == 200


def test_a_rotated_key_and_its_follower_both_open_for_the_grace(own):
    old = made(own)

    new = own.admin.post(f"{KEYS}/{old['key_id']}:rotate", json={"grace_hours": 2})

    assert new.status_code == 201
    told = new.json()
    assert (told["name"], told["scopes"]) == ("web", ["serve"])
    assert told["secret"] != old["secret"]
    lives = datetime.fromisoformat(told["follows"]["expires_at"]) - datetime.fromisoformat(
        told["created_at"]
    )
    assert abs(lives - timedelta(hours=2)) < timedelta(minutes=1)
    assert opens(own, old["secret"])
    assert opens(own, told["secret"])


def test_without_a_grace_the_old_key_opens_nothing_at_once_here_and_soon_elsewhere(own, folder):
    old = made(own)
    assert opens(own, old["secret"])
    assert own.admin.post(f"{KEYS}/{old['key_id']}:rotate", json={"grace_hours": 0}).is_success
    assert not opens(own, old["secret"])

    other = made(own, name="other")
    client = own.client(other["secret"], "shop")
    assert client.get("/popular").status_code == 200
    elsewhere = store_in(folder).tenant("shop")
    elsewhere.keys.rotate(other["key_id"], author=AUTHOR, grace=timedelta())
    elsewhere.announce("keys")

    until(lambda: client.get("/popular").status_code == 401)


def test_a_third_live_key_of_one_name_is_refused(own):
    old = made(own)
    new = own.admin.post(f"{KEYS}/{old['key_id']}:rotate").json()

    again = own.admin.post(f"{KEYS}/{new['key_id']}:rotate")
    created = own.admin.post(KEYS, json={"name": "web", "scopes": ["serve"]})

    for refused in (again, created):
        assert (refused.status_code, refused.json()["code"]) == (409, "keys_full")
        assert old["key_id"] in refused.json()["detail"]
    own.admin.delete(f"{KEYS}/{old['key_id']}")
    assert own.admin.post(f"{KEYS}/{new['key_id']}:rotate").status_code == 201


def test_a_key_that_opens_nothing_cannot_be_rotated(own):
    old = made(own)
    own.admin.delete(f"{KEYS}/{old['key_id']}")

    dead = own.admin.post(f"{KEYS}/{old['key_id']}:rotate")
    never = own.admin.post(f"{KEYS}/nothing:rotate")

    assert (dead.status_code, dead.json()["code"]) == (409, "key_not_live")
    assert (never.status_code, never.json()["code"]) == (404, "key_unknown")


@pytest.mark.parametrize("hours", [-1, 1e9, "soon", None])
def test_a_grace_that_cannot_be_is_refused(own, hours):
    old = made(own)

    response = own.admin.post(f"{KEYS}/{old['key_id']}:rotate", json={"grace_hours": hours})

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/grace_hours"
    assert len(own.admin.get(KEYS).json()["keys"]) == 1


def test_a_key_with_manage_rotates_those_that_may_do_no_more_itself_among_them(own):
    manager = made(own, "manage", "serve", name="manager")
    weaker, other = made(own, "serve"), made(own, "serve", "ingest", name="other")
    client = own.client(manager["secret"], "shop")

    assert client.post(f"/keys/{weaker['key_id']}:rotate").status_code == 201
    assert client.post(f"/keys/{manager['key_id']}:rotate").status_code == 201
    refused = client.post(f"/keys/{other['key_id']}:rotate")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "ingest" in refused.json()["detail"]
    assert client.get("/keys").status_code == 403
    assert client.post("/keys", json={"name": "x", "scopes": ["serve"]}).status_code == 403
    assert client.delete(f"/keys/{weaker['key_id']}").status_code == 403


def test_a_key_without_manage_cannot_even_rotate_itself(own):
    key = made(own, "serve", "ingest", "catalog")

    response = own.client(key["secret"], "shop").post(f"/keys/{key['key_id']}:rotate")

    assert response.status_code == 403


def test_when_a_key_was_used_is_told_once_it_was_written_down(own):
    used, unused = made(own), made(own, name="unused")
    assert opens(own, used["secret"])
    uses = own.applications.public._doorkeeper.uses
    asyncio.run(uses.write())

    keys = {one["key_id"]: one["last_used_at"] for one in own.admin.get(KEYS).json()["keys"]}

    assert datetime.fromisoformat(keys[used["key_id"]]).tzinfo is not None
    assert keys[unused["key_id"]] is None
