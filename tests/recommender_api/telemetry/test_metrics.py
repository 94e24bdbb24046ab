"""What a running server counts of requests, answers, events and loads, as it is asked for it."""

import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families

from recommender_api.telemetry.pending import Pending
from recommender_store.catalog.log import ItemFields
from recommender_store.errors import StoreUnavailable
from tests.recommender_api.served import AUTHOR, serving, store_in

EVENT = {"kind": "view", "user_id": "ann", "item_id": "i", "occurred_at": "2026-03-01T00:00:00Z"}


@pytest.fixture
def shop(tmp_path):
    store = store_in(tmp_path, create=True)
    space = store.create_tenant("shop", "Shop", author=AUTHOR)
    space.catalog.write([ItemFields("i", {"title": "a"}), ItemFields("j", {"title": "b"})])
    store.create_tenant("empty", "Empty", author=AUTHOR)
    with serving(store) as served:
        yield served


def told(served, **headers):
    return served.client().get(served.internal_url + "/metrics", headers=headers)


def samples(served):
    """Name and labels → value."""
    return {
        (one.name, *sorted(one.labels.items())): one.value
        for family in text_string_to_metric_families(told(served).text)
        for one in family.samples
    }


def counted(served, name, **labels):
    return samples(served).get((f"recommender_api_{name}", *sorted(labels.items())), 0.0)


def test_answers_are_counted_by_tier_and_by_whose_sources_gave_them(shop):
    shop.of("shop").get("/items/i/similar")
    shop.of("shop").get("/popular")
    shop.of("empty").get("/popular")

    outcomes = {
        (dict(labels)["tenant"], dict(labels)["outcome"]): value
        for (name, *labels), value in samples(shop).items()
        if name == "recommender_api_answers_total"
    }
    assert outcomes["shop", "fallback"] >= 1
    assert outcomes["empty", "empty"] == 1


def test_a_remembered_answer_counts_as_the_one_that_was_worked_out(shop):
    client = shop.of("empty")

    for _ in range(3):
        client.get("/popular?limit=7")

    labels = {"tenant": "empty", "tier": "newest", "outcome": "empty"}
    other = labels | {"tier": "popular"}
    assert counted(shop, "answers_total", **labels) + counted(shop, "answers_total", **other) == 3


def test_candidates_are_counted_by_their_source(shop):
    shop.of("shop").get("/items/i/similar")

    asked = counted(shop, "source_calls_total", source="newest")
    assert asked >= 1
    assert counted(shop, "candidates_total", source="newest") >= 1


def test_events_are_counted_with_their_age_and_the_segments_that_hold_them(shop):
    answer = shop.of("shop").post("/events", json={"events": [{"event_id": "e", **EVENT}]})

    assert answer.status_code == 202
    assert counted(shop, "event_lag_seconds_count") == 1
    assert counted(shop, "event_lag_seconds_bucket", le="86400.0") == 0  # it is long past
    assert counted(shop, "event_durable_seconds_count") == 1
    assert counted(shop, "segment_commits_total", tenant="shop", outcome="written") == 1
    assert counted(shop, "segment_bytes_total", tenant="shop") > 0
    assert counted(shop, "segment_commit_duration_seconds_count") == 1


def test_a_write_that_fails_is_counted_as_such_and_as_a_fault_of_the_store(shop):
    def refuse(lines):
        raise StoreUnavailable(action="write", reason=f"no room for {len(lines)} lines")

    shop.store.tenant("shop").events.append = refuse

    answer = shop.of("shop").post("/events", json={"events": [{"event_id": "e", **EVENT}]})

    assert answer.status_code == 503
    assert counted(shop, "segment_commits_total", tenant="shop", outcome="failed") == 1
    assert counted(shop, "store_faults_total", code="store_unavailable") == 1


def test_loads_are_counted_and_what_may_be_loaded_is_told(shop):
    shop.of("shop").get("/popular")

    assert counted(shop, "shelf_loads_total", tenant="shop", outcome="loaded") == 1
    assert counted(shop, "shelf_limit_bytes") > counted(shop, "shelf_bytes") > 0


def test_latency_is_told_by_route_tier_and_status_and_never_by_tenant(shop):
    shop.of("shop").get("/popular")

    durations = [
        dict(labels)
        for (name, *labels) in samples(shop)
        if name == "recommender_api_request_duration_seconds_count"
    ]
    assert {"route": "popular", "status": "200", "tier": "newest"} in durations
    assert not [labels for labels in durations if "tenant" in labels]


def test_an_answer_that_was_written_down_is_the_exemplar_of_its_latency(shop):
    answer = shop.of("shop").get("/popular?explain=true").json()

    metrics = told(shop, accept="application/openmetrics-text; version=1.0.0")

    assert metrics.headers["content-type"].startswith("application/openmetrics-text")
    assert f'# {{recommendation_id="{answer["recommendation_id"]}"}}' in metrics.text
    assert "recommendation_id" not in told(shop).text


def test_what_is_added_up_is_told_once():
    counter = Counter("c", "C.", ["a", "b"], registry=CollectorRegistry())
    pending = Pending(counter)

    pending.count(("x", 1))
    pending.count(("x", 1), 4)
    pending.tell()
    pending.tell()

    assert counter.labels("x", 1)._value.get() == 5
