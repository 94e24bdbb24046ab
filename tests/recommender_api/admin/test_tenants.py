"""Tenants and their keys over REST."""

import pytest

from tests.recommender_api.served import AUTHOR, store_in, until


def test_a_tenant_is_made_given_a_key_used_and_ended(own):
    admin = own.admin
    made = admin.post("/v1/tenants", json={"id": "new-shop", "name": "New"})
    assert made.status_code == 201
    assert made.json()["id"] == "new-shop"
    key = admin.post("/v1/tenants/new-shop/keys", json={"name": "web", "scopes": ["serve"]})
    assert key.status_code == 201
    client = own.client(key.json()["secret"], "new-shop")
    assert client.get("/popular").status_code == 200

    assert admin.delete("/v1/tenants/new-shop").status_code == 204

    assert client.get("/popular").status_code == 401
    assert admin.get("/v1/tenants/new-shop/popular").status_code == 404
    assert admin.get("/v1/tenants/new-shop").status_code == 404
    assert admin.post("/v1/tenants", json={"id": "new-shop"}).json()["code"] == "tenant_exists"


def test_a_tenant_that_another_process_ended_is_gone_within_seconds(own, folder):
    client = own.of("shop")
    assert client.get("/popular").status_code == 200

    elsewhere = store_in(folder).tenant("shop")
    elsewhere.end(author=AUTHOR)
    elsewhere.announce("tenant")

    until(lambda: client.get("/popular").status_code == 401, timeout_s=3)
    path = "/v1/tenants/shop/popular"
    until(lambda: own.admin.get(path).status_code == 404, timeout_s=3)


@pytest.mark.parametrize("tenant", ["Shop", "s", "a b", "-x", "../x", "ü", ""])
def test_an_id_that_cannot_be_one_is_refused(served, tenant):
    response = served.admin.post("/v1/tenants", json={"id": tenant})

    assert response.status_code == 422
    assert response.json()["code"] == "tenant_id_invalid"


def test_the_list_tells_every_tenant(served):
    told = served.admin.get("/v1/tenants").json()["tenants"]

    assert [one["id"] for one in told] == ["empty", "shop", "twin"]


def test_no_list_of_keys_holds_a_secret_or_its_digest(own):
    secret = own.key("shop")
    told = own.admin.get("/v1/tenants/shop/keys").text

    assert secret.split("_")[2] in told
    assert secret not in told
    assert "digest" not in told


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "x", "scopes": []}, "/scopes"),
        ({"name": "x", "scopes": ["everything"]}, "/scopes/0"),
        ({"name": "", "scopes": ["serve"]}, "/name"),
        ({"scopes": ["serve"]}, "/name"),
        ({"name": "x", "scopes": ["serve"], "more": 1}, "/more"),
    ],
)
def test_a_key_that_cannot_be_made_is_told_why(served, body, pointer):
    response = served.admin.post("/v1/tenants/shop/keys", json=body)

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


def test_a_key_that_does_not_exist_cannot_be_revoked(served):
    response = served.admin.delete("/v1/tenants/shop/keys/nothing")

    assert response.status_code == 404
    assert response.json()["code"] == "key_unknown"
