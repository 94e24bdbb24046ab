"""What a tenant used is told by day: counted once, kept by every worker, summed over all."""

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from recommender_api.usage.meter import DAY_S, Meter
from recommender_api.usage.prices import PricesUnreadable, read_prices
from recommender_api.usage.statement import days_between, draw_up
from recommender_store.runs.record import Run, Step
from recommender_store.usage.page import Stored, UsagePage, encode
from tests.recommender_api.asking import answered
from tests.recommender_api.served import AUTHOR, Served, serving, store_in

TODAY = datetime.now(UTC).date()
EVENT = {"event_id": "e1", "kind": "view", "user_id": "u", "item_id": "item-000001"}
BATCH = {"events": [EVENT | {"occurred_at": "2026-03-01T00:00:00Z"}]}
PRICES = """
currency: EUR
per_1000_requests: 1.5
per_1000_answers: {model: 10, other: 4}
per_million_events: 2
per_gb_of_events: 3
per_gb_day_stored: 0.5
per_training_cpu_hour: 7
per_gb_hour_on_shelf: 0.25
"""


def used(client: httpx.Client, **query: str) -> dict:
    return answered(client.get("/usage", params=query))


def page(day: str, worker: str, **fields: object) -> UsagePage:
    return UsagePage(worker=worker, day=day, **fields)


@pytest.fixture
def space(folder):
    return store_in(folder).tenant("shop")


def test_what_was_asked_and_sent_is_counted_by_tier(own: Served):
    shop = own.of("shop")
    for _ in range(3):  # the second and third are remembered
        answered(shop.get("/items/item-000000/similar"))
    answered(shop.get("/popular"))
    batch = {"requests": [{"placement": "popular"}] * 4}
    answered(shop.post("/recommendations:batch", json=batch))
    sent = shop.post("/events", json=BATCH)
    again = shop.post("/events", json=BATCH)
    assert (sent.json()["accepted"], again.json()["duplicates"]) == (1, 1)
    told = used(shop)

    assert [day["day"] for day in told["days"]][-1] == TODAY.isoformat()
    assert len(told["days"]) == 7
    total = told["total"]
    assert sum(total["answers"].values()) == 3 + 1 + 4
    assert total["answers"]["model"] == 3
    assert total["requests"] == 3 + 1 + 4 + 2 + 1
    assert total["events"] == 1
    assert total["event_bytes"] == sum(len(one.request.content) for one in (sent, again))
    assert total["log_bytes"] > 0
    assert total["catalog_bytes"] > 0
    assert total["artifact_bytes"] > 0
    assert total["cost"] is None
    assert used(own.of("twin"))["total"]["events"] == 0


def test_an_attribute_of_an_item_is_no_tier(own: Served):
    shop = own.of("shop")
    shop.patch("/items/item-000008", json={"served_by": "nobody"})
    for _ in range(2):
        answered(shop.get("/items/item-000000/similar", params={"fields": "served_by"}))

    assert set(used(shop)["total"]["answers"]) == {"model"}


def test_pages_of_other_workers_and_of_processes_before_are_summed(folder):
    day = TODAY.isoformat()
    store_in(folder).tenant("shop").usage.put(page(day, "other", events=40, answers={"popular": 2}))
    for _ in range(2):
        with serving(store_in(folder)) as served:
            answered(served.of("shop").get("/popular"))
    with serving(store_in(folder)) as served:
        total = used(served.of("shop"))["total"]

    assert (total["events"], sum(total["answers"].values())) == (40, 4)


def test_refusals_stand_in_the_usage(own: Served):
    shop = own.of("shop")
    own.admin.put("/v1/tenants/shop/quotas", json={"events_per_s": 0})
    shop.post("/events", json=BATCH)

    assert used(shop)["total"]["refused"] == {"events_per_s": 1}


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"},
        {"from": "2026-13-01"},
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"from": "2020-01-01", "to": "2026-01-01"},
        {"to": "0001-01-01"},
        {"days": "7"},
    ],
)
def test_days_that_make_no_sense_are_refused(shop: httpx.Client, query):
    assert shop.get("/usage", params=query).status_code == 422


def test_usage_takes_manage_and_an_admin_needs_no_key(served: Served):
    assert served.client(served.key("shop", "serve"), "shop").get("/usage").status_code == 403
    assert served.client(served.key("twin", "manage"), "shop").get("/usage").status_code == 403
    assert served.admin.get("/v1/tenants/shop/usage").status_code == 200


def test_a_damaged_page_is_told_and_the_others_count(space):
    day = TODAY.isoformat()
    space.usage.put(page(day, "good", events=1))
    raw = encode(page(day, "bad", events=7)).replace(b'"events":7', b'"events":8')
    space.usage._scope.put(f"{day}/bad.json", raw)
    told = draw_up(space, [TODAY], None, datetime.now(UTC))

    assert told.total.events == 1
    assert len(told.notes) == 1
    assert "bad.json" in told.notes[0]


def test_what_lay_in_the_store_is_that_of_the_day_before_where_nobody_looked(space):
    first = date(2026, 3, 1)
    space.usage._scope.put(
        "2026-03-01/stored.json", encode(Stored(day="2026-03-01", at_s=0.0, log_bytes=5))
    )
    told = draw_up(space, [first - timedelta(1), first, first + timedelta(1)], None, now())

    assert [day.log_bytes for day in told.days] == [0, 5, 5]


def now() -> datetime:
    return datetime.now(UTC)


def test_a_worked_bill_is_right(space, tmp_path):
    day = date(2026, 3, 1)
    fields = {"requests": 2_000, "answers": {"model": 500, "popular": 1_000}}
    more = {"events": 3_000_000, "event_bytes": 2 * 10**9, "shelf_byte_s": 3600.0 * 4e9}
    space.usage.put(page(day.isoformat(), "w", **fields, **more))
    sizes = {"log_bytes": 10**9, "artifact_bytes": 3 * 10**9}
    stored = Stored(day=day.isoformat(), at_s=0.0, **sizes)
    space.usage._scope.put(f"{day}/stored.json", encode(stored))
    began = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    step = Step(name="fit:similar", duration_s=60.0, cpu_s=1800.0)
    space.runs.save(Run(run_id="nightly", started_at=began, steps=(step,)), AUTHOR)
    (tmp_path / "prices.yaml").write_text(PRICES, encoding="utf-8")
    told = draw_up(space, [day, day + timedelta(1)], read_prices(tmp_path / "prices.yaml"), now())

    cost = told.days[0].cost
    assert told.currency == "EUR"
    assert (cost.requests, cost.answers, cost.events) == (3.0, 9.0, 12.0)
    assert (cost.stored, cost.training, cost.shelf, cost.total) == (2.0, 3.5, 1.0, 30.5)
    assert told.total.cost.stored == 4.0
    assert told.total.cost.total == 32.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "per_1000_requests: 1",
        "currency: EUR\nper_1000_requests: -1",
        "currency: EUR\nper_gb_day_stored: .nan",
        "currency: EUR\nper_event: 1",
        "currency: EUR\nper_1000_answers: 5",
    ],
)
def test_a_table_of_prices_that_makes_no_sense_is_an_error(tmp_path, text):
    path = tmp_path / "prices.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(PricesUnreadable, match="RECOMMENDER_PRICES"):
        read_prices(path)


def test_a_table_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(PricesUnreadable, match="nowhere"):
        read_prices(tmp_path / "nowhere.yaml")


def test_the_last_week_is_shown_where_nothing_is_said():
    assert days_between(None, None, TODAY) == [TODAY - timedelta(n) for n in range(6, -1, -1)]


def test_midnight_begins_a_page_and_what_was_not_written_is_written_later():
    at = [DAY_S - 1.0]
    meter = Meter("w", clock=lambda: at[0])
    meter.count_events(1, 10)
    at[0] += 2
    meter.count_events(2, 20)

    first, second = meter.take()
    assert [(one.day, one.events) for one in (first, second)] == [
        ("1970-01-01", 1),
        ("1970-01-02", 2),
    ]
    assert meter.bytes_today() == 20
    assert not meter.is_due
    meter.note(first)
    assert [one.day for one in meter.take()] == ["1970-01-01"]
