"""Tenants and their keys over REST."""

from datetime import datetime, timedelta

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

    assert admin.delete("/v1/tenants/new-shop?confirm=new-shop").status_code == 200

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

    until(lambda: client.get("/popular").status_code == 401)
    path = "/v1/tenants/shop/popular"
    until(lambda: own.admin.get(path).status_code == 404)


@pytest.mark.parametrize(
    "tenant",
    [
        *("Shop", "s", "a b", "-x", "a--b", "../x", "..", ".", "a/b", "shop/", "shop.eu", ""),
        *(
            "ü",
            "\u017fhop",
            "\uff53hop",
            "shop\u200b",
            "shop\n",
            "sh\u043ep",
            "shop:restore",
            "a" * 64,
        ),
    ],
)
def test_an_id_that_cannot_be_one_is_refused(served, tenant):
    response = served.admin.post("/v1/tenants", json={"id": tenant})

    assert response.status_code == 422
    assert response.json()["code"] == "tenant_id_invalid"
    assert "lower-case letters" in response.json()["detail"]


def test_the_list_tells_every_tenant(served):
    told = served.admin.get("/v1/tenants").json()

    assert [one["id"] for one in told["tenants"]] == ["empty", "shop", "twin"]
    assert told["cursor"] is None


def test_the_list_comes_in_pages(served):
    first = served.admin.get("/v1/tenants?limit=2").json()
    second = served.admin.get("/v1/tenants", params={"cursor": first["cursor"]}).json()

    assert [one["id"] for one in first["tenants"]] == ["empty", "shop"]
    assert [one["id"] for one in second["tenants"]] == ["twin"]
    assert second["cursor"] is None
    assert served.admin.get("/v1/tenants?cursor=!").json()["errors"][0]["pointer"] == "/cursor"


def test_what_is_shown_can_be_put_back_and_changes_nothing(own):
    shown = own.admin.get("/v1/tenants/shop").json()

    put = own.admin.put("/v1/tenants/shop", json=shown)

    assert put.status_code == 200
    assert put.json() == shown


def test_what_is_put_is_shown_and_what_is_left_out_has_its_default(own):
    before = own.admin.get("/v1/tenants/shop").json()

    put = own.admin.put("/v1/tenants/shop", json={"name": "New", "gate": {"margin": 0.2}})

    after = own.admin.get("/v1/tenants/shop").json()
    assert put.json() == after
    assert (after["name"], after["gate"]["margin"]) == ("New", 0.2)
    assert (after["created_at"], after["revision"]) == (
        before["created_at"],
        before["revision"] + 1,
    )
    assert after["written"]["by"] == "root"


@pytest.mark.parametrize("by_header", [True, False])
def test_settings_for_another_revision_are_refused_with_the_newest_one(own, by_header):
    newest = own.admin.get("/v1/tenants/shop").json()["revision"]
    stale = {"headers": {"If-Match": f'"{newest + 4}"'}, "json": {"name": "New"}}
    if not by_header:
        stale = {"json": {"name": "New", "revision": newest + 4}}

    response = own.admin.put("/v1/tenants/shop", **stale)

    assert response.status_code == 409
    assert response.json()["code"] == "revision_conflict"
    assert f"it is {newest}" in response.json()["detail"]
    fresh = own.admin.put(
        "/v1/tenants/shop", json={"name": "New"}, headers={"If-Match": f'"{newest}"'}
    )
    assert fresh.json()["revision"] == newest + 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"nmae": "x"}, "/nmae"),
        ({"gate": {"margin": "much"}}, "/gate/margin"),
        ({"gate": {"maximum_emtpy": 0.1}}, "/gate/maximum_emtpy"),
        ({"checks": {"bots": {"enabled": "maybe"}}}, "/checks/bots/enabled"),
        ({"training": {"canary": {"share": 5}}}, "/training/canary/share"),
        ({"training": {"canary": {"minimum_hours": 9, "maximum_hours": 8}}}, "/training/canary"),
        ({"training": {"canary": {"enabled": True, "maximum_hours": 30}}}, "/training/canary"),
        ({"training": {"canary": {"enabled": True}}, "serving": {"trace_share": 0}}, ""),
        ({"id": "twin"}, "/id"),
        ({"revision": -1}, "/revision"),
        ([], ""),
        ("shop", ""),
    ],
)
def test_settings_that_cannot_be_are_told_where(served, body, pointer):
    response = served.admin.put("/v1/tenants/shop", json=body)

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("query", ["", "?confirm=", "?confirm=twin", "?confirm=SHOP"])
def test_a_deletion_is_asked_twice(own, query):
    response = own.admin.delete(f"/v1/tenants/shop{query}")

    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == "confirmation_missing"
    assert "?confirm=shop" in response.json()["detail"]
    assert own.admin.get("/v1/tenants/shop").status_code == 200


def test_a_deletion_is_undone(own):
    client = own.of("shop")
    before = own.admin.get("/v1/tenants/shop").json()
    popular = client.get("/popular").json()["items"]

    told = own.admin.delete("/v1/tenants/shop?confirm=shop").json()
    listed = own.admin.get("/v1/tenants?deleted=true").json()["tenants"]
    gone = [client.get("/popular").status_code, own.admin.get("/v1/tenants/shop").status_code]
    restored = own.admin.post("/v1/tenants/shop:restore")

    week = timedelta(days=7)
    times = [datetime.fromisoformat(told[one]) for one in ("deleted_at", "restorable_until")]
    assert times[1] - times[0] == week
    assert listed == [told]
    assert gone == [401, 404]
    assert restored.status_code == 200
    assert restored.json() | {"revision": 0, "written": 0} == before | {
        "revision": 0,
        "written": 0,
    }
    assert client.get("/popular").json()["items"] == popular


def test_who_lives_or_never_was_cannot_be_restored(served):
    living = served.admin.post("/v1/tenants/shop:restore")
    nobody = served.admin.post("/v1/tenants/nobody:restore")
    none = served.admin.post("/v1/tenants/NO%20ONE:restore")

    assert (living.status_code, living.json()["code"]) == (409, "tenant_not_deleted")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "tenant_unknown")
    assert (none.status_code, none.json()["code"]) == (422, "tenant_id_invalid")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_verb_on_a_tenant_knows_post_alone(served, method):
    response = served.admin.request(method, "/v1/tenants/shop:restore", json={})

    assert response.status_code in (404, 405)
    assert served.admin.post("/v1/tenants/shop:explode").status_code in (404, 405)


def test_every_route_of_a_deleted_tenant_answers_as_for_an_unknown_one(own, folder):
    client = own.of("shop")
    assert client.get("/popular").status_code == 200
    elsewhere = store_in(folder).tenant("shop")
    elsewhere.end(author=AUTHOR)
    elsewhere.announce("tenant")
    paths = ["/popular", "/rules", "/models", "/items/x", "/audit"]

    def told(answer):
        return answer.status_code, {**answer.json(), "request_id": ""}

    for path in paths:
        until(lambda path=path: client.get(path).status_code == 401)
        until(lambda path=path: own.admin.get(f"/v1/tenants/shop{path}").status_code == 404)
        one, other = (own.admin.get(f"/v1/tenants/{one}{path}") for one in ("shop", "none"))
        assert told(one)[1]["code"] == told(other)[1]["code"] == "tenant_unknown"


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


def test_settings_that_name_another_type_than_an_attribute_has_are_refused_by_name(own):
    own.admin.put("/v1/tenants/empty/items/i", json={"weight": 3})

    for types in ({"weight": "string"}, {"title": "number"}):
        response = own.admin.put("/v1/tenants/empty", json={"attribute_types": types})
        assert (response.status_code, response.json()["code"]) == (409, "attribute_type_fixed")
        assert f"'{next(iter(types))}'" in response.json()["detail"]
    assert "weight: number" in str(
        own.admin.put("/v1/tenants/empty", json={"attribute_types": {"weight": "time"}}).json()
    )
    same = own.admin.put("/v1/tenants/empty", json={"attribute_types": {"weight": "number"}})
    assert same.status_code == 200


def test_a_contradiction_of_before_stays_and_blocks_no_other_change(own):
    space = own.store.tenant("empty")
    with_type = space.settings().model_copy(update={"attribute_types": {"weight": "string"}})
    space.save_settings(with_type, author=AUTHOR)
    space.catalog.types._chain.append({"types": {"weight": "number"}}, author=AUTHOR)

    response = own.admin.put("/v1/tenants/empty/quotas", json={"items": 5})

    assert response.status_code == 200


def test_a_key_that_is_revoked_is_refused_on_the_connection_that_it_came_on(own):
    keys = "/v1/tenants/shop/keys"
    revoked = own.admin.post(keys, json={"name": "a", "scopes": ["serve"]}).json()
    client = own.client(revoked["secret"], "shop")
    assert client.get("/popular").status_code == 200

    own.admin.delete(f"{keys}/{revoked['key_id']}")

    assert client.get("/popular").status_code == 401
