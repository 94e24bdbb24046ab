"""`recommender usage` tells what tenants used, for people, for spreadsheets and for machines."""

import csv
import io
from datetime import UTC, datetime

import pytest

from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from recommender_store.usage.page import UsagePage

from .in_process import Terminal, _terminal

__all__ = ["_terminal"]

DAY = "2026-11-01"
PRICES = "currency: EUR\nper_1000_answers: {other: 2}\nper_million_events: 4\n"


@pytest.fixture
def used(terminal: Terminal) -> Terminal:
    """A day of the tenant `shop`, and a tenant `other` that used nothing."""
    assert terminal.run("tenants", "create", "other").code == 0
    store = open_store(StoreSettings.from_environment())
    answers, refused = {"model": 400, "popular": 100}, {"requests_per_s": 7}
    page = UsagePage(worker="w", day=DAY, requests=501, answers=answers, events=250_000)
    page.refused = refused
    store.tenant("shop").usage.put(page)
    return terminal


def test_a_table_has_a_row_a_day_and_one_for_all(used):
    said = used.run("usage", "--tenant", "shop", "--from", DAY, "--to", "2026-11-02")

    assert said.code == 0
    rows = [line.split() for line in said.out.splitlines() if line.strip()]
    assert [row[0] for row in rows] == ["shop", "day", DAY, "2026-11-02", "total"]
    assert rows[2][1:4] == ["501", "500", "250,000"]
    assert rows[2][-1] == "7"
    assert rows[4][1] == "501"


def test_all_tenants_are_told_with_their_cost_where_there_are_prices(used, monkeypatch):
    monkeypatch.setenv("RECOMMENDER_PRICES", str(used.write("prices.yaml", PRICES)))
    told = used.run("usage", "--from", DAY, "--to", DAY, "--json").document

    costs = {one["tenant"]: one["total"]["cost"]["total"] for one in told["tenants"]}
    assert costs == {"shop": 2.0, "other": 0.0}
    assert {one["currency"] for one in told["tenants"]} == {"EUR"}


def test_csv_has_a_line_a_tenant_and_day_with_a_column_a_tier(used, monkeypatch):
    monkeypatch.setenv("RECOMMENDER_PRICES", str(used.write("prices.yaml", PRICES)))
    said = used.run("usage", "--from", DAY, "--to", "2026-11-02", "--csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))

    assert [(row["tenant"], row["day"][-2:]) for row in rows] == [
        ("other", "01"), ("other", "02"), ("shop", "01"), ("shop", "02"),
    ]  # fmt: skip
    assert rows[2]["answers_model"] == "400"
    assert rows[2]["refused_requests_per_s"] == "7"
    assert float(rows[2]["cost_total"]) == 2.0
    assert rows[0]["answers_model"] == "0"


def test_the_last_week_is_told_where_nothing_is_said(used):
    days = used.run("usage", "--tenant", "shop", "--json").document["tenants"][0]["days"]

    assert len(days) == 7
    assert days[-1]["day"] == datetime.now(UTC).date().isoformat()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "yesterday"),
        ("--from", "2026-11-02", "--to", "2026-11-01"),
        ("--from", "2020-01-01"),
        ("--csv", "--json"),
    ],
)
def test_what_makes_no_sense_is_a_mistake_of_the_command_line(used, arguments):
    assert used.run("usage", *arguments).code == 2


def test_a_tenant_that_there_is_not_is_told_so(used):
    said = used.run("usage", "--tenant", "nobody")

    assert (said.code, "tenant_unknown" in said.err) == (1, True)


def test_prices_that_make_no_sense_are_told_in_a_sentence(used, monkeypatch):
    monkeypatch.setenv("RECOMMENDER_PRICES", str(used.write("prices.yaml", "currency: [")))
    said = used.run("usage")

    assert said.code == 1
    assert "[prices_unreadable]" in said.err


@pytest.mark.parametrize(
    "quotas", ["{requests_per_s: -1}", "{items: .nan}", "{items: many}", "{event_per_s: 5}", "[1]"]
)
def test_apply_refuses_quotas_that_make_no_sense(terminal, quotas):
    file = terminal.write("shop.yaml", f"id: shop\nname: Shop\nquotas: {quotas}\n")
    said = terminal.run("tenants", "apply", file)

    assert (said.code, "[tenant_file_invalid]" in said.err) == (1, True)


def test_apply_sets_quotas_and_shows_what_differs(terminal):
    text = "id: shop\nname: Shop\nquotas: {requests_per_s: 0, items: null, shelf_share: 0.5}\n"
    file = terminal.write("shop.yaml", text)
    said = terminal.run("tenants", "apply", file)

    assert "quotas.requests_per_s: 20000.0 -> 0" in said.out
    quotas = terminal.run("tenants", "show", "shop", "--json").document["quotas"]
    assert (quotas["requests_per_s"], quotas["items"], quotas["shelf_share"]) == (0.0, None, 0.5)
    assert "no change" in terminal.run("tenants", "apply", file).out


def test_an_import_of_items_leaves_out_new_ones_beyond_the_quota(terminal):
    file = terminal.write("shop.yaml", "id: shop\nname: Shop\nquotas: {items: 2}\n")
    terminal.run("tenants", "apply", file)
    first = terminal.write("a.csv", "item_id,title\na,A\nb,B\nc,C\n")
    second = terminal.write("b.csv", "item_id,title\na,Anew\nd,D\n")
    told = [
        terminal.run("items", "import", "--tenant", "shop", one, "--json").document
        for one in (first, second)
    ]

    assert [one["items"] for one in told] == [2, 1]
    assert [one["rejected"][0]["item_id"] for one in told] == ["c", "d"]
    assert {one["rejected"][0]["code"] for one in told} == {"quota_full"}


def test_train_ends_with_3_where_no_training_may_begin(terminal):
    file = terminal.write("shop.yaml", "id: shop\nname: Shop\nquotas: {concurrent_trainings: 0}\n")
    terminal.run("tenants", "apply", file)
    said = terminal.run("train", "--tenant", "shop")

    assert said.code == 3
    assert "concurrent_trainings" in said.err
    assert "[quota_refused]" in said.err
