"""Whoever is not let in is told so by a page; a tenant's visits count for its quota."""

import httpx
import pytest

from recommender_api.console.access.forms import BODY_LIMIT_BYTES
from recommender_api.console.access.sessions import COOKIE
from recommender_api.console.application import OPEN, ROUTES
from tests.recommender_api.console.visitor import text_of, visitor

FORMS = sorted({route.path for route in ROUTES if "POST" in (route.methods or ())} - OPEN)


def is_page(response: httpx.Response) -> bool:
    return response.headers["content-type"].startswith("text/html")


def limit(own, requests_per_s):
    quotas = {"requests_per_s": requests_per_s}
    assert own.admin.put("/v1/tenants/shop/quotas", json=quotas).status_code == 200


def test_a_tenant_that_asks_too_often_is_told_by_a_page_when_to_come_again(own):
    clerk = visitor(own).sign_in(own.key("shop", "manage"))
    limit(own, 0)

    refused = clerk.get("/tenants/shop", status=429)

    assert is_page(refused)
    assert "quota_exceeded" in text_of(refused)
    assert int(refused.headers["retry-after"]) > 0
    assert "requests_per_s" in refused.headers["ratelimit"]
    assert "default-src 'none'" in refused.headers["content-security-policy"]
    clerk.client.get("/console/style.css").raise_for_status()


def test_a_tenants_visits_are_counted_as_its_requests(own):
    clerk = visitor(own).sign_in(own.key("empty", "manage"))
    for _ in range(3):
        clerk.get("/tenants/empty/rules")

    usage = own.admin.get("/v1/tenants/empty/usage").json()

    assert usage["total"]["requests"] >= 3


def test_an_admins_visits_count_for_no_tenant(own, own_admin):
    limit(own, 0)

    own_admin.get("/tenants/shop")


@pytest.mark.parametrize("path", ["/console/%ff", "/console/tenants/%c3%28/rules"])
def test_a_path_that_is_no_text_is_answered_with_a_page(served, path):
    response = served.client().get(path)

    assert response.status_code == 400
    assert is_page(response)
    assert "path_malformed" in text_of(response)


def test_a_form_that_is_too_large_is_answered_with_a_page(admin):
    response = admin.client.post("/console/tenants", content=b"x" * (BODY_LIMIT_BYTES + 1))

    assert response.status_code == 413
    assert is_page(response)


def test_a_method_that_no_page_knows_names_those_that_it_does(admin):
    response = admin.client.delete("/console/tenants")

    assert response.status_code == 405
    assert is_page(response)
    assert response.headers["allow"]


def test_a_cookie_that_was_made_up_is_led_to_the_sign_in(served):
    shown = {"Cookie": f"{COOKIE}=made.up.by.hand"}

    response = served.client().get("/console/nowhere", headers=shown)

    assert response.status_code == 303


def test_other_addresses_are_answered_as_ever(served):
    response = served.client().get("/v1/nothing")

    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", FORMS)
def test_no_form_is_taken_without_the_token_of_its_session(admin, path):
    response = admin.client.post(path.format(tenant="shop"), data={"do": "save", "id": "twin"})

    assert response.status_code == 403
    assert "form_stale" in text_of(response)
