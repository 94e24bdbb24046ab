"""Readiness over REST: of the events that came through the door."""

from datetime import UTC, datetime, timedelta

import pytest

NOW = datetime.now(UTC)


def event(number, **fields):
    moment = NOW - timedelta(minutes=number)
    return {
        "event_id": f"e{number}",
        "kind": "view",
        "user_id": f"u{number % 40}",
        "item_id": f"i{number % 31}",
        "occurred_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
    } | fields


@pytest.fixture
def empty(own):
    return own.of("empty")


def findings(client):
    answer = client.get("/readiness")
    assert answer.status_code == 200, answer.text
    return answer.json(), {one["code"]: one for one in answer.json()["findings"]}


def send(client, events):
    answer = client.post("/events", json={"events": events})
    assert answer.json()["accepted"] == len(events), answer.text


def test_a_tenant_without_events_is_told_so(empty):
    told, found = findings(empty)

    assert (told["ready"], told["events"]) == (False, 0)
    assert found["no_events"]["severity"] == "error"


def test_sent_events_are_counted_and_a_constant_user_is_named(empty):
    send(empty, [event(number, user_id="app") for number in range(300)])

    told, found = findings(empty)

    assert (told["ready"], told["events"], told["users"]) == (False, 300, 1)
    assert "'app'" in found["one_user"]["sentence"]


def test_a_sender_s_clock_that_is_ahead_is_told(empty):
    early = f"{NOW + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
    send(empty, [event(number) for number in range(200)])
    assert "clock_ahead" not in findings(empty)[1]

    send(empty, [event(number, occurred_at=early) for number in range(900, 910)])

    assert findings(empty)[1]["clock_ahead"]["sentence"].startswith("10 events")


def test_items_that_the_catalog_lacks_are_counted(empty):
    empty.put("/items/i0", json={"title": "the only one"})
    send(empty, [event(number) for number in range(200)])

    assert "30 of 31 items" in findings(empty)[1]["items_unknown"]["sentence"]


def test_a_trained_shop_is_ready(shop):
    told, found = findings(shop)

    assert told["ready"], found
    assert told["events"] == 6_000


def test_readiness_takes_the_scope_manage(served):
    client = served.client(served.key("shop", "ingest", "serve", "catalog"), "shop")

    assert client.get("/readiness").json()["code"] == "forbidden"
