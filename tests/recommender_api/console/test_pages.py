"""Every page answers, for a tenant with everything and for one with nothing."""

import re
import shutil

import pytest

from tests.recommender_api.console.visitor import text_of, visitor
from tests.recommender_api.looks import looked
from tests.recommender_api.served import AUTHOR, until

PAGES = {
    "": "What flows in",
    "/models": "Versions",
    "/runs": "Runs",
    "/rules": "A new rule",
    "/rule": "As JSON",
    "/rule?kind=cap": "period_hours",
    "/placements": "for_you",
    "/placement": "new-placement",
    "/placement?id=for_you": "personal",
    "/experiments": "Experiments",
    "/try": "Ask",
    "/try?placement=for_you&user_id=user-000001": "The answer",
    "/try?placement=popular": "The answer",
    "/try?q=item": "User",
    "/keys": "A new key",
    "/imports": "A new import",
    "/readiness": "What was found",
    "/usage": "Brought",
    "/quotas": "Used now",
    "/audit": "Before and after",
    "/audit?check=yes": "Unbroken",
    "/audit?kind=nothing.done": "Nothing like that",
    "/settings": "All settings as JSON",
}
PLATFORM = {
    "/tenants": "A new tenant",
    "/deleted": "Deleted tenants",
    "/usage": "Usage of all tenants",
    "/audit": "Of all tenants",
    "/audit?check=yes": "Unbroken",
    "/audit?tenant=shop&kind=key&day=2026-11-20": "Of all tenants",
}
FOR_ADMINS = {"/settings"}


@pytest.mark.parametrize("tenant", ["shop", "twin", "empty"])
@pytest.mark.parametrize(("page", "told"), PAGES.items())
def test_every_page_answers(admin, tenant, page, told):
    response = admin.client.get(f"/console/tenants/{tenant}{page}")

    assert response.status_code == 200, text_of(response)
    assert told in response.text


@pytest.mark.parametrize(("page", "told"), PLATFORM.items())
def test_every_page_of_the_platform_answers(admin, page, told):
    response = admin.client.get(f"/console{page}")

    assert response.status_code == 200, text_of(response)
    assert told in response.text


@pytest.mark.parametrize("tenant", ["shop", "empty"])
def test_a_tenants_people_see_every_page_that_is_not_for_admins(served, tenant):
    clerk = visitor(served).sign_in(served.key(tenant, "manage"))

    for page in PAGES:
        response = clerk.client.get(f"/console/tenants/{tenant}{page}")
        assert response.status_code == (403 if page in FOR_ADMINS else 200), page
    for page in PLATFORM:
        assert clerk.client.get(f"/console{page}").status_code == 403, page


@pytest.mark.parametrize("path", ["/sign-in", "/tenants", "/tenants/shop", "/tenants/nobody"])
def test_browsers_are_told_to_load_no_script_and_to_frame_nothing(admin, path):
    headers = admin.client.get(f"/console{path}").headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_pages_hold_no_script_and_no_style_of_their_own(admin):
    for page in PAGES:
        text = admin.client.get(f"/console/tenants/shop{page}").text
        assert "<script" not in text
        assert "<style" not in text
        assert " style=" not in text


def test_the_style_sheet_is_there_for_everybody_and_kept(served):
    response = served.client().get("/console/style.css")

    assert response.headers["content-type"].startswith("text/css")
    assert "immutable" in response.headers["cache-control"]


def test_pages_are_counted_apart(admin, served):
    admin.get("/tenants/shop")

    def is_counted() -> bool:
        lines = served.client().get(f"{served.internal_url}/metrics").text.splitlines()
        counted = [line for line in lines if line.startswith("recommender_api_requests_total{")]
        return any('route="console",status="200",tenant=""' in line for line in counted)

    until(is_counted)


def test_the_overview_tells_of_events_catalog_and_models(admin):
    text = text_of(admin.get("/tenants/shop"))

    # Answers that other tests had explained are events, too.
    assert re.search(r"Events, 30 days 6,0\d\d ", text)
    assert "view 6,000" in text
    assert "199 items to be shown" in text
    assert "balanced" in text or "unaccounted" in text
    assert "promoted" in text
    assert "better than popularity" in text


def test_the_overview_tells_what_was_measured_of_the_live_model(own_admin, own):
    space = own.store.tenant("shop")
    looked(space, space.models.current().version)

    text = text_of(own_admin.get("/tenants/shop"))

    assert "NDCG@10 at the gate" in text
    assert "kind_psi other kinds: look at the logger" in text
    assert "measurement" in text


def test_a_tenant_with_nothing_is_told_what_comes_next(admin):
    text = text_of(admin.get("/tenants/empty"))

    assert "No event came yet" in text
    assert "popular and new items answer" in text


def test_a_run_tells_its_steps_and_what_the_gate_said_and_has_its_report(admin, served):
    run_id = served.store.tenant("shop").runs.ids()[0]
    text = text_of(admin.get(f"/tenants/shop/runs/{run_id}"))

    assert "What the gate said" in text
    assert "fit:similar" in text
    report = admin.get(f"/tenants/shop/runs/{run_id}/report")
    assert "Training of shop" in report.text
    assert "sandbox" in report.headers["content-security-policy"]


@pytest.mark.parametrize("run", ["nobody-ran-this", "a%20b", "a%2Fb", "%00"])
def test_a_run_that_is_not_there_is_not_found(admin, run):
    assert admin.client.get(f"/console/tenants/shop/runs/{run}").status_code == 404
    assert admin.client.get(f"/console/tenants/shop/runs/{run}/report").status_code == 404


def test_what_is_no_page_is_a_page_that_says_so(admin):
    assert "route_unknown" in text_of(admin.get("/nothing/here", status=404))
    assert admin.client.delete("/console/tenants").status_code == 405


def test_a_body_that_is_no_form_is_refused(admin):
    response = admin.client.post("/console/tenants", content=b"\xff\xfe")

    assert response.status_code == 400


def test_experiments_are_listed_with_their_variants(own, own_admin):
    own.store.tenant("shop").policies.experiments.put(
        "colour",
        {"id": "colour", "placements": ["for_you"], "variants": [{"id": "a"}, {"id": "b"}]},
        author=AUTHOR,
    )

    text = text_of(own_admin.get("/tenants/shop/experiments"))

    assert "colour for_you a × 1.0, b × 1.0 100%" in text


def test_a_live_model_that_is_gone_is_told_and_hides_nothing_else(own, own_admin, folder):
    version = own.store.tenant("shop").models.current().version
    shutil.rmtree(folder / "store" / "tenants" / "shop" / "artifacts" / version)

    text = text_of(own_admin.get("/tenants/shop"))

    assert f"there is no published model '{version}'" in text
    assert "view 6,000" in text
