"""What tenants used, and what it costs, is read on pages and taken along as CSV."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from recommender_store.usage.page import UsagePage
from tests.recommender_api.console.visitor import text_of, visitor
from tests.recommender_api.served import AUTHOR, copied, serving, store_in, until
from tests.recommender_api.shops import trained

TODAY = datetime.now(UTC).date


def used(store, tenant, days_ago, requests, **more):
    day = (TODAY() - timedelta(days=days_ago)).isoformat()
    store.tenant(tenant).usage.put(UsagePage(worker="w", day=day, requests=requests, **more))


@pytest.fixture(scope="module")
def billed(tmp_path_factory):
    """A server with prices, two tenants that used something, and one that did not."""
    folder = tmp_path_factory.mktemp("billed")
    store = store_in(copied(trained(), folder / "copy"))
    answers = {"model": 3000, "popular": 500}
    used(store, "shop", 1, 4000, answers=answers, events=9000, event_bytes=2_000_000)
    used(store, "shop", 20, 7000)
    used(store, "twin", 1, 9000)
    prices = folder / "prices.yaml"
    prices.write_text("currency: EUR\nper_1000_answers: {model: 0.5}\nper_1000_requests: 0.01\n")
    with serving(store, prices=prices) as served:
        yield served


@pytest.fixture(scope="module")
def admin(billed):
    return visitor(billed).sign_in()


def rows_of(response):
    assert response.headers["content-type"].startswith("text/csv")
    assert "attachment" in response.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(response.text)))


def test_a_tenants_days_are_told_by_tier_with_a_plot_and_what_they_cost(admin):
    page = admin.get("/tenants/shop/usage")

    text = text_of(page)
    assert '<svg viewBox="0 0 1130' in page.text
    assert "model 3,000 popular 500" in text
    assert "2 MB" in text
    assert "Total 1.5400" in text


def test_other_days_are_asked_for(admin):
    first = (TODAY() - timedelta(days=25)).isoformat()
    text = text_of(admin.get("/tenants/shop/usage", **{"from": first}))

    assert "11,000" in text


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-11-09", "to": "2026-11-02"},
        {"from": "2001-01-01"},
        {"from": "soon"},
        {"to": "0001-01-01"},
    ],
)
def test_days_that_cannot_be_told_are_told_at_the_form(admin, asked):
    refused = admin.get("/tenants/shop/usage", status=422, **asked)

    assert 'aria-describedby="fault"' in refused.text
    assert "Total" in text_of(refused)


def test_the_same_is_taken_along_as_csv(admin):
    rows = rows_of(admin.get("/tenants/shop/usage.csv"))

    assert len(rows) == 7
    assert rows[-2]["answers_model"] == "3000"
    assert {row["currency"] for row in rows} == {"EUR"}


def settled(admin, **asked):
    page = None

    def is_drawn():
        nonlocal page
        page = admin.get("/usage", **asked)
        assert ("refresh" in page.headers) == ("being drawn up" in page.text)
        return "As of" in page.text

    until(is_drawn)
    return page.text


def order_in(text):
    return [one for one in ("shop", "twin", "empty") if f"/tenants/{one}/usage" in text] and sorted(
        ("shop", "twin", "empty"), key=lambda one: text.index(f"/tenants/{one}/usage")
    )


def test_all_tenants_are_told_the_dearest_first_or_as_one_wishes(admin):
    assert order_in(settled(admin)) == ["shop", "twin", "empty"]
    assert order_in(settled(admin, by="requests"))[0] == "twin"
    assert order_in(settled(admin, by="nothing", days="x"))[0] == "shop"


def test_a_tenant_that_cannot_be_read_is_told_and_hides_no_other(own, own_admin):
    runs = own.store.tenant("twin").runs
    runs._scope.chain("r1", "state").append({"x": 1}, author=AUTHOR)

    text = settled(own_admin)

    assert "twin: a run" in text
    assert "/tenants/shop/usage" in text


def test_all_tenants_are_taken_along_as_csv(admin):
    rows = rows_of(admin.get("/usage.csv", days="30"))

    assert len(rows) == 90
    assert sum(int(row["requests"]) for row in rows if row["tenant"] == "shop") >= 11_000


def test_without_prices_nothing_is_said_of_cost(served):
    one = visitor(served).sign_in()

    assert "What it costs" not in one.get("/tenants/shop/usage").text
    until(lambda: "As of" in one.get("/usage").text)
    assert "<option>cost" not in one.get("/usage").text
