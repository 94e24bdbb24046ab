"""`POST /events`: 202 when durable, a verdict on every event, nothing lost on the way."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender_store.errors import StoreFull
from recommender_store.objects.folder import FolderObjects
from tests.recommender_api.ingest.batches import anything, events

OK = {"accepted": 1, "duplicates": 0, "rejected": []}


def view(event_id="e1", user_id="visitor", item_id="item-000001", **more):
    event = {"event_id": event_id, "kind": "view", "user_id": user_id, "item_id": item_id}
    return {**event, "occurred_at": "2026-03-01T10:00:00Z", **more}


def send(client, *batch, **query):
    return client.post("/events", json={"events": batch}, params=query)


def lines(served, tenant="shop"):
    return [json.loads(line) for line in served.store.tenant(tenant).events.lines_after({})[0]]


def written(served):
    """The ids of what was written by a server, the training data aside."""
    ids = [line["event_id"] for line in lines(served)]
    return [event_id for event_id in ids if not event_id.startswith("event-")]


def test_an_event_is_in_the_log_when_it_is_acknowledged(own):
    response = send(own.of("shop"), view())

    assert response.status_code == 202
    assert response.json() == OK
    assert written(own) == ["e1"]


def test_a_bad_event_never_spoils_its_batch(own):
    batch = [view("a"), {"kind": "view"}, 5, view("b"), view("c", kind="nothing"), view("a")]
    answer = send(own.of("shop"), *batch).json()

    assert answer["accepted"] == 2
    assert answer["duplicates"] == 1
    assert [(one["index"], one["event_id"]) for one in answer["rejected"]] == [
        (1, None),
        (2, None),
        (4, "c"),
    ]
    assert written(own) == ["a", "b"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"occurred_at": "2989-01-01T00:00:00Z"}, "time_in_future"),
        ({"occurred_at": "1989-12-31T23:59:59Z"}, "time_too_old"),
        ({"occurred_at": "2026-03-01T10:00:00"}, "time_zone_missing"),
        ({"item_id": "a\tb"}, "id_control_character"),
        ({"item_id": ""}, "id_empty"),
        ({"item_id": "x" * 257}, "id_too_long"),
        ({"kind": "served"}, "kind_reserved"),
        ({"kind": "stare"}, "kind_unknown"),
        ({"user_id": None}, "field_missing"),
        ({"item_id": None}, "field_missing"),
        ({"kind": "rating"}, "field_missing"),
        ({"value": "much"}, "field_type"),
        ({"position": -1}, "value_out_of_range"),
        ({"extra": 1}, "field_unknown"),
    ],
)
def test_what_is_wrong_with_an_event_has_its_own_code(shop, change, code):
    response = send(shop, view() | change, validate_only=True)

    assert response.status_code == 202
    assert [one["code"] for one in response.json()["rejected"]] == [code]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({}, "/events"),
        ({"events": {}}, "/events"),
        ({"events": [], "more": 1}, ""),
        ({"events": [{}] * 1001}, "/events"),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(shop, body, pointer):
    response = shop.post("/events", json=body)

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("query", ["validate_only=perhaps", "validate=true", "validate_only="])
def test_a_query_that_is_not_understood_stores_nothing(shop, served, query):
    response = shop.post(f"/events?{query}", json={"events": [view("typing-mistake")]})

    assert response.status_code == 422
    assert "typing-mistake" not in written(served)


def test_a_trial_tells_the_verdicts_and_stores_nothing(own):
    shop = own.of("shop")

    for _ in range(2):
        assert send(shop, view(), validate_only=True).json() == OK
    assert written(own) == []
    assert send(shop, view()).json() == OK


def test_an_empty_batch_is_fine(shop):
    assert send(shop).json() == {"accepted": 0, "duplicates": 0, "rejected": []}


def test_a_retried_batch_is_a_success_and_counts_once(own):
    shop = own.of("shop")
    send(shop, view("a"), view("b"))

    assert send(shop, view("a"), view("b"), view("c")).json() == {
        "accepted": 1,
        "duplicates": 2,
        "rejected": [],
    }
    assert written(own) == ["a", "b", "c"]


def test_fifty_requests_at_once_share_a_few_segments_and_lose_nothing(own):
    shop = own.of("shop")
    log = own.store.tenant("shop").events
    before = len(log.state().pending)
    start = threading.Barrier(50)

    def one(number):
        start.wait()
        return send(shop, view(f"n{number}")).status_code

    with ThreadPoolExecutor(50) as threads:
        assert set(threads.map(one, range(50))) == {202}

    assert sorted(written(own)) == sorted(f"n{number}" for number in range(50))
    assert len(log.state().pending) - before < 40


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(events | anything, max_size=5) | anything, st.booleans())
def test_no_batch_whatever_is_in_it_is_our_fault(shop, batch, as_events):
    try:
        body = json.dumps({"events": batch} if as_events else batch).encode()
    except UnicodeEncodeError:
        return
    response = shop.post("/events?validate_only=true", content=body)

    assert response.status_code in (202, 400, 422), response.text


class Full(FolderObjects):
    """A folder with no space left, once somebody says so."""

    is_full = False

    def put(self, key, data):
        if self.is_full:
            raise StoreFull(key=key, reason="no space left on device")
        super().put(key, data)


def test_when_the_store_is_full_nothing_is_acknowledged_and_serving_goes_on(folder):
    from recommender_store.opening import Store
    from tests.recommender_api.served import serving, store_in

    objects = Full(folder / "store")
    with serving(Store(objects, store_in(folder).settings)) as served:
        shop = served.of("shop")
        objects.is_full = True
        refused = send(shop, view())
        others = shop.get("/items/item-000000/similar")
        objects.is_full = False
        retried = send(shop, view())

        assert refused.status_code == 503
        assert refused.json()["code"] == "store_full"
        assert int(refused.headers["retry-after"]) >= 1
        assert others.json()["served_by"] == "model"
        assert retried.json() == OK
        assert written(served) == ["e1"]


def test_events_are_counted_by_their_verdict_and_trials_are_not(own):
    shop = own.of("shop")
    send(shop, view("a"), {"kind": "x"})
    send(shop, view("a"))
    send(shop, view("b"), validate_only=True)
    metrics = own.client().get(f"{own.internal_url}/metrics").text

    for verdict in ("accepted", "duplicate", "rejected"):
        assert f'recommender_api_events_total{{tenant="shop",verdict="{verdict}"}} 1.0' in metrics


def test_whatever_is_accepted_can_be_packed_and_is_known_after_a_restart(own, folder):
    from tests.recommender_api.served import serving, store_in

    shop = own.of("shop")
    odd = [
        view("leap", occurred_at="2026-02-28T23:59:60Z", item_id="item-000010"),
        view("small", occurred_at="2026-03-01t10:00:00z", item_id="item-000011"),
        view("space", occurred_at="2026-03-01 10:00:00.123456789Z", item_id="item-000012"),
        view("zone", occurred_at="2026-03-01T10:00:00+23:59", item_id="item-000014"),
        view("nul", attributes={"a": "\x00", "b": [{}] * 3}, item_id="item-000015"),
    ]
    assert send(shop, *odd).json()["accepted"] == len(odd)
    asked = {"json": {"user_id": "visitor", "limit": 50}}
    before = shop.post("/placements/recently_viewed:recommend", **asked).json()["items"]
    own.store.tenant("shop").events.compact()

    with serving(store_in(folder)) as again:
        client = again.of("shop")
        after = client.post("/placements/recently_viewed:recommend", **asked).json()["items"]

    assert after == before
    assert len(before) == len(odd)


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        (rb'"event_id":"\ud800"', "id_not_unicode"),
        (rb'"event_id":"e","value":1e999', "value_not_finite"),
    ],
    ids=["half a character", "no number"],
)
def test_what_only_a_lenient_parser_reads_spoils_no_neighbour(own, odd, code):
    rest = rb'"kind":"view","user_id":"u","item_id":"i","occurred_at":"2026-03-01T10:00:00Z"'
    body = b'{"events":[{%b,%b},{"event_id":"good",%b}]}' % (odd, rest, rest)

    answer = own.of("shop").post("/events", content=body).json()

    assert answer["accepted"] == 1
    assert [one["code"] for one in answer["rejected"]] == [code]
