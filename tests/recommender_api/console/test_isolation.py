"""A tenant's people see their tenant, and learn nothing of any other."""

import re

import pytest

from recommender_store.tenants.quotas import Quotas
from tests.recommender_api.console.visitor import text_of, visitor

PAGES = ["", "/models", "/runs", "/runs/x", "/rules", "/rule", "/placements", "/placement"]
PAGES += ["/experiments", "/try", "/keys", "/imports", "/readiness", "/usage", "/usage.csv"]
PAGES += ["/quotas", "/audit", "/audit?check=yes", "/settings"]
FORMS = ["/models", "/rules", "/rule", "/placement", "/keys", "/keys/revoke", "/keys/rotate"]
FORMS += ["/runs", "/imports", "/quotas", "/settings", "/delete"]


@pytest.fixture(scope="module")
def clerk(served):
    return visitor(served).sign_in(served.key("shop", "manage"))


def told(response):
    """What is told, but for the request's own id."""
    return re.sub(r"<code>[0-9a-f]{16}</code>", "", response.text)


@pytest.mark.parametrize("page", PAGES)
def test_another_tenants_page_answers_as_that_of_a_tenant_that_is_not_there(clerk, page):
    theirs, nobodys = (
        clerk.get(f"/tenants/{tenant}{page}", status=403) for tenant in ("twin", "nobody")
    )

    assert told(theirs) == told(nobodys)
    assert "twin" not in theirs.text


@pytest.mark.parametrize("form", FORMS)
def test_another_tenants_forms_are_refused_likewise(clerk, form):
    clerk.get("/tenants/shop")

    theirs, nobodys = (
        clerk.post(f"/tenants/{tenant}{form}", status=403, do="roll-back", key_id="x")
        for tenant in ("twin", "nobody")
    )

    assert told(theirs) == told(nobodys)


def test_a_key_leads_to_its_tenant_and_to_no_list_of_others(clerk):
    landed = clerk.get("", status=303)

    assert landed.headers["location"] == "/console/tenants/shop"
    clerk.get("/tenants", status=403)


def test_a_tenants_people_are_shown_their_own_key_and_no_other(clerk, served):
    other = served.key("shop", "serve").split("_")[2]

    page = clerk.get("/tenants/shop/keys")

    text = text_of(page)
    assert "Your key" in text
    assert page.text.count('badge good">live') == 1
    assert other not in text
    assert "A new key" not in text


@pytest.mark.parametrize("form", ["/keys", "/keys/revoke", "/quotas", "/settings", "/delete"])
def test_what_admins_decide_nobody_else_does(clerk, served, form):
    clerk.get("/tenants/shop")

    clerk.post(f"/tenants/shop{form}", status=403, confirm="shop", items="1", name="x")

    assert served.store.tenant("shop").settings().quotas == Quotas()


def test_settings_are_for_admins_and_nobody_else_is_shown_the_way(clerk):
    clerk.get("/tenants/shop/settings", status=403)

    assert "/settings" not in clerk.get("/tenants/shop").text


def test_a_tenants_people_neither_list_nor_restore_what_was_deleted(clerk):
    clerk.get("/deleted", status=403)
    clerk.get("/tenants/shop")
    clerk.post("/deleted", status=403, id="twin")


def test_the_trail_of_a_tenant_tells_of_no_other(clerk):
    text = clerk.get("/tenants/shop/audit", tenant="twin").text

    assert "key.created" in text
    assert "twin" not in text


def test_a_tenants_people_make_no_tenants(clerk, served):
    clerk.get("/tenants/shop")
    clerk.post("/tenants", status=403, id="made-by-a-clerk")

    assert "made-by-a-clerk" not in served.store.tenant_ids()


def test_an_admin_who_names_nobody_is_told_so(admin):
    assert "there is no tenant" in text_of(admin.get("/tenants/nobody", status=404)).lower()
    admin.get("/tenants/Not%20An%20Id", status=422)


@pytest.mark.parametrize("path", ["/tenants/shop%2F..%2Ftwin", "/tenants/twin%2Frules", "/x"])
def test_no_spelling_of_a_path_leads_around(clerk, path):
    assert clerk.client.get(f"/console{path}").status_code in (403, 404)
