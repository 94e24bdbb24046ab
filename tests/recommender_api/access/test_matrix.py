"""
Every route × every kind of key, generated from OpenAPI: a new route is held to this by itself.
"""

import re
from collections.abc import Iterator, Sequence

import httpx
import pytest
from fastapi import APIRouter
from fastapi.dependencies.models import Dependant

from recommender_api.access.current import current_tenant
from recommender_api.access.scopes import ADMIN, scope_of
from recommender_api.documented import ROUTERS
from recommender_store.tenants.keys import SCOPES
from tests.recommender_api.served import ADMIN_TOKEN, AUTHOR, Served

TENANT = "/v1/tenants/{tenant}"


def routes() -> Iterator[tuple[str, str]]:
    for router in ROUTERS:
        for route in router.routes:
            yield from ((method, route.path) for method in sorted(route.methods))


ROUTES = sorted(routes())
OF_TENANTS = [pair for pair in ROUTES if pair[1].startswith(TENANT)]


def filled(path: str, tenant: str = "shop") -> str:
    return re.sub(r"\{\w+\}", "popular", path.replace("{tenant}", tenant))


def scope_for(path: str) -> str:
    return scope_of(filled(path).split("/")[4:])


def ask(client: httpx.Client, method: str, path: str) -> httpx.Response:
    # A body that no route takes: whoever gets past the door gets 4xx and changes nothing.
    return client.request(method, path, content=b"{", headers={"content-encoding": "none"})


def told(response: httpx.Response) -> tuple[int, dict[str, object]]:
    return response.status_code, {**response.json(), "request_id": ""}


@pytest.fixture(scope="session")
def strangers(served: Served) -> httpx.Client:
    """A client with every scope of another tenant."""
    return served.client(served.key("twin"))


@pytest.fixture(scope="session")
def keys(served: Served) -> dict[str, httpx.Client]:
    """A client for each scope of `shop`, with that scope alone."""
    return {scope: served.client(served.key("shop", scope)) for scope in SCOPES}


@pytest.fixture(scope="session")
def ended(served: Served) -> httpx.Client:
    """A client with every scope of a tenant that was deleted."""
    space = served.store.create_tenant("ended", "Ended", author=AUTHOR)
    client = served.client(served.key("ended"))
    space.end(author=AUTHOR)
    return client


def test_every_route_in_openapi_is_below_the_tenants():
    assert len(OF_TENANTS) > 15
    assert {path for _, path in ROUTES} - {path for _, path in OF_TENANTS} == {
        "/v1/tenants",
        "/v1/audit",
    }


def test_openapi_knows_every_route(served):
    paths = served.client().get("/openapi.json").json()["paths"]
    documented = {(method.upper(), path) for path, spoken in paths.items() for method in spoken}

    assert documented == set(ROUTES)


def asks_for(dependant: Dependant) -> Iterator[object]:
    """What a route depends on, however deep."""
    for one in dependant.dependencies:
        yield one.call
        yield from asks_for(one)


def unchecked(routers: Sequence[APIRouter]) -> set[str]:
    """Paths with a tenant whose routes are not given the tenant that the door decided."""
    return {
        route.path
        for router in routers
        for route in router.routes
        if "{tenant}" in route.path and current_tenant not in asks_for(route.dependant)
    }


def test_every_route_with_a_tenant_is_given_the_one_that_the_door_decided():
    assert unchecked(ROUTERS) == {f"{TENANT}:restore"}, "take `space: CurrentTenant`"
    assert scope_for(f"{TENANT}:restore") == ADMIN


def test_a_new_route_that_takes_a_tenant_from_its_path_alone_is_found():
    router = APIRouter()
    router.add_api_route(f"{TENANT}/new", lambda tenant: tenant)

    assert unchecked([router]) == {f"{TENANT}/new"}


@pytest.mark.parametrize(("method", "path"), OF_TENANTS)
def test_a_deleted_tenants_key_is_as_one_that_we_never_made(ended, method, path):
    response = ask(ended, method, filled(path, "ended"))

    assert (response.status_code, response.json()["code"]) == (401, "key_missing")


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_a_key_there_is_no_way_in(served, method, path):
    response = ask(served.client(), method, filled(path))

    assert response.status_code == 401
    assert response.json()["code"] == "key_missing"
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_key_that_we_never_made_opens_nothing(served, method, path):
    response = ask(served.client(f"rk_shop_0123abcd_{'x' * 35}"), method, filled(path))

    assert response.status_code == 401
    assert response.json()["code"] == "key_missing"


def test_a_key_that_was_sent_and_opens_nothing_is_told_so_whatever_is_wrong_with_it(own):
    ring = own.store.tenant("shop").keys
    revoked = ring.create("old", ["serve"], author=AUTHOR)
    ring.revoke(revoked.record.key_id, author=AUTHOR)
    sent = [revoked.secret, f"rk_shop_0123abcd_{'x' * 35}", f"rk_no-shop_0123abcd_{'x' * 35}", "x"]
    answers = [own.client(secret).get("/v1/tenants/shop/popular") for secret in sent]
    nothing_sent = own.client().get("/v1/tenants/shop/popular").json()["detail"]

    assert all(told(answer) == told(answers[0]) for answer in answers)
    assert answers[0].json()["detail"].startswith("the key that was sent is not known here")
    assert nothing_sent.startswith("send a live API key")


@pytest.mark.parametrize("path", ["/event", "/events/", "/events/x", "/nothing"])
def test_a_mistyped_path_is_unknown_to_every_key_of_the_tenant_and_closed_to_others(
    keys, strangers, path
):
    for client in keys.values():
        response = ask(client, "POST", f"/v1/tenants/shop{path}")

        assert response.status_code == 404
        assert response.json()["code"] == "route_unknown"
    there = ask(strangers, "POST", f"/v1/tenants/shop{path}")
    not_there = ask(strangers, "POST", f"/v1/tenants/no-such-shop{path}")

    assert there.status_code == 403
    assert told(there) == told(not_there)


@pytest.mark.parametrize(("method", "path"), OF_TENANTS)
def test_another_tenants_key_gets_the_same_403_whether_or_not_a_tenant_exists(
    strangers, method, path
):
    there = ask(strangers, method, filled(path, "shop"))
    not_there = ask(strangers, method, filled(path, "no-such-shop"))
    no_tenant = ask(strangers, method, filled(path, "NO%20TENANT"))

    assert there.status_code == 403
    assert there.json()["code"] == ("admin_required" if scope_for(path) == ADMIN else "forbidden")
    assert told(there) == told(not_there) == told(no_tenant)


@pytest.mark.parametrize(("method", "path"), OF_TENANTS)
def test_each_scope_opens_its_own_routes_and_no_others(keys, method, path):
    for scope, client in keys.items():
        response = ask(client, method, filled(path))

        assert (response.status_code != 403) is (scope == scope_for(path)), response.text


@pytest.mark.parametrize("path", ["/v1/tenants", "/v1/audit", "/v1/tenants/"])
def test_platform_routes_are_closed_to_tenants(keys, path):
    for client in keys.values():
        response = client.get(path)

        assert response.status_code == 403
        assert response.json()["code"] == "admin_required"


def test_an_admin_may_use_every_route_of_every_tenant(served):
    admin = served.client(ADMIN_TOKEN)
    for method, path in OF_TENANTS:
        assert ask(admin, method, filled(path)).status_code not in (401, 403)


def test_a_key_may_come_as_x_api_key(served):
    client = served.client()
    headers = {"X-API-Key": served.key("shop", "serve")}

    assert client.get("/v1/tenants/shop/popular", headers=headers).status_code == 200


@pytest.mark.parametrize("shown", ["Basic dTpw", "Bearer", "bearer x", "rk", "Bearer é"])
def test_anything_else_in_the_header_is_no_key(served, shown):
    headers = {"Authorization": shown.encode()}

    assert served.client().get("/v1/tenants/shop/popular", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("parts", "scope"),
    [
        ((), ADMIN),
        (("keys",), ADMIN),
        (("keys", "x"), ADMIN),
        (("usage",), "manage"),
        (("quotas",), ADMIN),
        (("keys", "x:rotate"), "manage"),
        (("keys:rotate",), "manage"),
        (("audit",), "manage"),
        (("items", "popular"), "catalog"),
        (("items", "similar"), "catalog"),
        (("items", "x", "similar"), "serve"),
        (("users", "x", "events"), "manage"),
        (("models", "x:recommend"), "manage"),
        (("placements", "x"), "manage"),
        (("anything", "new"), "manage"),
        (("events", "x"), "manage"),
        (("events:recent",), "manage"),
        (("",), "manage"),
    ],
)
def test_what_nobody_opened_needs_manage(parts, scope):
    assert scope_of(parts) == scope
