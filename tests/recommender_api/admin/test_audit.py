"""Who did what, by REST: everybody's for admins, its own for a tenant."""

from tests.recommender_api.served import ADMIN_TOKEN

AUDIT = "/v1/audit"


def test_a_change_by_rest_is_told_with_its_request_id(own):
    headers = {"X-Request-ID": "req-77"}
    own.admin.put("/v1/tenants/shop/rules/r", json={"kind": "exclude", "filter": "price < 3"})
    own.admin.delete("/v1/tenants/shop/rules/r", headers=headers)

    newest, before, *_ = own.admin.get(AUDIT).json()["entries"]

    assert (newest["kind"], newest["subject"], newest["tenant"]) == ("rule.deleted", ["r"], "shop")
    assert (newest["by"], newest["from"], newest["request_id"]) == ("root", "127.0.0.1", "req-77")
    assert newest["changes"][0]["before"]["filter"] == "price < 3"
    assert newest["changes"][0]["after"] is None
    assert before["kind"] == "rule.changed"


def test_a_key_is_told_by_its_id_and_never_by_its_secret(own):
    manager = own.client(own.key("shop", "manage"), "shop")
    manager.put("/rules/r", json={"kind": "exclude", "filter": "price < 3"})

    told = manager.get("/audit")

    key_id = manager.headers["Authorization"].split("_")[2]
    assert told.json()["entries"][0]["by"] == f"key:{key_id}"
    assert manager.headers["Authorization"].split()[1] not in told.text
    assert ADMIN_TOKEN not in told.text
    assert "digest" not in told.text


def test_a_tenant_sees_its_own_entries_and_no_others(own):
    manager = own.of("shop")
    own.key("twin")

    told = manager.get("/audit?limit=500").json()["entries"]

    assert {one["tenant"] for one in told} == {"shop"}
    assert {one["tenant"] for one in own.admin.get(AUDIT).json()["entries"]} >= {"shop", "twin"}
    assert manager.get("/audit?tenant=twin").status_code == 422
    assert own.client(own.key("shop", "serve"), "shop").get("/audit").status_code == 403


def test_entries_are_found_by_their_day(own):
    manager = own.of("shop")
    today = manager.get("/audit").json()["entries"][0]["at"][:10]

    assert manager.get(f"/audit?kind=key&day={today}").json()["entries"]
    assert manager.get("/audit?kind=key&day=2020-01-01").json()["entries"] == []
    assert own.admin.get(AUDIT, params={"day": "2020-01-01"}).json()["entries"] == []
    assert own.admin.get(AUDIT, params={"day": "monday"}).status_code == 422


def test_pages_tell_every_entry_once_the_newest_first(own):
    for name in ("a", "b", "c"):
        own.admin.post("/v1/tenants/shop/keys", json={"name": name, "scopes": ["serve"]})
    params = {"tenant": "shop", "kind": "key", "actor": "root", "limit": 2}

    numbers, cursor = [], None
    while cursor or not numbers:
        page = own.admin.get(AUDIT, params=params | ({"cursor": cursor} if cursor else {})).json()
        numbers += [one["number"] for one in page["entries"]]
        cursor = page["cursor"]

    assert len(numbers) == len(set(numbers)) == 3
    assert numbers == sorted(numbers, reverse=True)


def test_pages_that_cannot_be_are_told_where(served):
    for query, pointer in (
        ("limit=0", "/limit"),
        ("limit=501", "/limit"),
        ("cursor=x", "/cursor"),
        ("cursor=LTE", "/cursor"),
        ("who=me", "/who"),
    ):
        response = served.admin.get(f"{AUDIT}?{query}")

        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == pointer


def test_a_tenants_end_and_return_are_told(own):
    own.admin.delete("/v1/tenants/shop?confirm=shop")
    own.admin.post("/v1/tenants/shop:restore")

    told = own.admin.get(AUDIT, params={"kind": "tenant", "tenant": "shop"}).json()["entries"]

    assert [one["kind"] for one in told[:2]] == ["tenant.restored", "tenant.deleted"]
